// SPDX-License-Identifier: MIT
// What one row of the demo's table does, whoever waits and however: which payload goes next, whether what
// came back is that payload, and how long it took. It moves nothing itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include <fairlead/error.hpp>
#include <fairlead/operation.hpp>

#include "demo/digest.hpp"

namespace tool::demo_parts {

/// What a transport does with bytes.
enum class shape {
  stream,   ///< it cuts them as it likes
  message,  ///< it keeps boundaries
};

/// What an echo may have under way before its client reads: more than the kernel's buffers hold must be read
/// while it is being sent, or both ends would wait for each other for ever.
constexpr std::size_t fits_in_buffers = 32768;

/// How much, and for how long.
struct plan {
  shape form = shape::stream;
  std::size_t largest = 0;        ///< bytes in the largest payload
  fairlead::duration phase;       ///< for how long the small and the bulk payloads are repeated
  fairlead::time_point deadline;  ///< when everything of this row must have ended
  std::stop_token stop;           ///< ends it early
};

struct measured {
  std::uint64_t trips = 0;
  std::uint64_t bytes = 0;  ///< that came back
  double rate = 0;          ///< streams: bytes a second in bulk; messages: small ones a second
  std::optional<fairlead::duration> p50;
  std::optional<fairlead::duration> p99;
};

/// The protocol of use: while (p = next()) { send *p; fill room(); returned(n) }.
class exchange {
 public:
  explicit exchange(const plan& p);

  /// The payload to send now, and the clock runs; nothing when all was exchanged.
  [[nodiscard]] std::optional<std::span<const std::byte>> next();
  /// Where the answer goes: for messages it has room for one byte too many, so that excess shows.
  [[nodiscard]] std::span<std::byte> room() noexcept;
  /// The answer is there. errc::bad_message if it is not the payload, byte by byte.
  [[nodiscard]] fairlead::result<void> returned(std::size_t bytes);
  /// All that was sent against all that came back, by their digests.
  [[nodiscard]] fairlead::result<void> finish() const;

  [[nodiscard]] const plan& limits() const noexcept { return plan_; }
  [[nodiscard]] std::size_t size() const noexcept { return payload_.size(); }
  [[nodiscard]] std::uint64_t trips() const noexcept { return trips_; }
  [[nodiscard]] measured result() const;

 private:
  enum class phase { sweep, small, bulk, over };
  [[nodiscard]] std::size_t choose();
  [[nodiscard]] bool again(std::size_t least) const;
  void enter(phase p);

  plan plan_;
  std::vector<std::byte> answer_;
  std::span<const std::byte> payload_;
  phase phase_ = phase::sweep;
  std::size_t step_ = 0;  // within the phase
  fairlead::time_point phase_start_;
  fairlead::time_point sent_at_;
  std::vector<fairlead::duration> small_;  // the times of small round trips
  fairlead::duration bulk_time_{};
  std::uint64_t bulk_bytes_ = 0;
  std::uint64_t trips_ = 0;
  std::uint64_t bytes_ = 0;
  digest sent_;
  digest received_;
};

}  // namespace tool::demo_parts
