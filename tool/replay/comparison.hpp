// SPDX-License-Identifier: MIT
// What comes beside what the recording says, up to the first difference.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <fairlead/buffer.hpp>

#include "replay/script.hpp"

namespace tool::replaying {

/// Whether it is one that must come again.
[[nodiscard]] constexpr bool is_due(ending e) noexcept {
  return e == ending::finished || e == ending::reset || e == ending::truncated;
}

struct difference {
  std::uint64_t offset = 0;  ///< in this direction, in bytes
  std::string sentence;      ///< "byte 17 is 0x41, recorded was 0x42"
  std::string context;       ///< lines of hexadecimal digits: - recorded, + came
};

/// A machine over what the peer sends. Streams are compared byte by byte however they are divided, messages
/// one by one.
class comparison {
 public:
  /// `recorded` is a script of its own; `peer` is the name of who sends in the direction `theirs`.
  comparison(script recorded, direction theirs, bool messages, std::string peer)
      : recorded_(std::move(recorded)), theirs_(theirs), messages_(messages), peer_(std::move(peer)) {}

  /// Bytes of the stream, or one whole message, that came.
  void take(fairlead::const_buffer came);
  /// The peer has ended so.
  void end(ending how);

  /// What was as recorded so far.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return offset_; }
  [[nodiscard]] std::uint64_t messages() const noexcept { return count_; }
  [[nodiscard]] bool over() const noexcept { return over_; }
  /// The first one; nothing is compared after it.
  [[nodiscard]] const std::optional<difference>& found() const noexcept { return found_; }

 private:
  bool advance();
  void take_message(fairlead::const_buffer came);
  void differ(std::string sentence, fairlead::const_buffer expected, fairlead::const_buffer came);
  void remember(fairlead::const_buffer same);

  script recorded_;
  direction theirs_;
  bool messages_;
  std::string peer_;
  fairlead::const_buffer expected_{};  // what is left of the recorded piece
  std::optional<ending> recorded_end_;
  bool exhausted_ = false;  // nothing more is recorded
  std::uint64_t offset_ = 0;
  std::uint64_t count_ = 0;
  std::string before_;  // what came last, since the last multiple of 16
  bool over_ = false;
  std::optional<difference> found_;
};

}  // namespace tool::replaying
