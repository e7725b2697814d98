// SPDX-License-Identifier: MIT
// What happened in one recorded conversation, one thing after the other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <fairlead/buffer.hpp>
#include <fairlead/clock.hpp>
#include <fairlead/error.hpp>

#include "recording/reader.hpp"

namespace tool::replaying {

struct event {
  direction way = direction::there;
  fairlead::duration at{};         ///< since the conversation began
  fairlead::const_buffer content;  ///< until the next one is asked for
  std::optional<ending> end;       ///< of the side that sends this way; then there is no content
};

class script {
 public:
  [[nodiscard]] static fairlead::result<script> open(const std::string& path, std::uint32_t conversation);
  /// Nothing at the end of the recording, or where it is damaged.
  [[nodiscard]] std::optional<event> next();
  /// Whether the conversation has been there so far.
  [[nodiscard]] bool has_begun() const noexcept { return begun_; }

 private:
  script(recording::reader from, std::uint32_t conversation)
      : from_(std::move(from)), conversation_(conversation) {}
  recording::reader from_;
  std::uint32_t conversation_;
  bool begun_ = false;
  fairlead::duration began_{};  // when
};

}  // namespace tool::replaying
