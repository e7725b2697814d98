// SPDX-License-Identifier: MIT
// What becomes of all that is sent in one direction: a machine without I/O and without a clock. Fed with what
// was received and when, it says what is to be passed on, and when. docs/design/faults.md.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <fairlead/buffer.hpp>
#include <fairlead/clock.hpp>

#include "fault/dice.hpp"
#include "fault/plan.hpp"
#include "wire/link.hpp"

namespace tool::faults {

/// What is received: a message at a time, or bytes that may be cut anywhere.
enum class carriage : std::uint8_t { bytes, messages };

/// Of a stream, this many bytes, from its first one, share their decisions: they do not depend on the
/// segments in which the bytes arrive.
constexpr std::size_t block = 1024;
/// The most that waits in one direction, and its bookkeeping; then the sender has to wait. With a rate, as
/// much as is on the way for `latency`, and a queue before it of `queue_time`, but at least `least_waiting`.
constexpr std::size_t most_waiting = std::size_t{4} << 20U;
constexpr std::size_t least_waiting = std::size_t{16} << 10U;
constexpr fairlead::duration queue_time = std::chrono::milliseconds(100);
/// A message that is to be overtaken waits for the next one this long.
constexpr fairlead::duration longest_hold = std::chrono::milliseconds(500);
/// A lost block of a stream comes again after this and twice the latency, then after twice that…, and after
/// so many times in vain never: as TCP does it on Linux.
constexpr fairlead::duration first_repeat = std::chrono::milliseconds(200);
constexpr fairlead::duration longest_repeat = std::chrono::seconds(120);
constexpr std::uint64_t most_repeats = 15;

/// What was done in one direction.
struct counts {
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_passed = 0;
  std::uint64_t units = 0;            ///< messages, or blocks of a stream, that were decided upon
  std::uint64_t messages_passed = 0;  ///< 0 of a stream
  std::uint64_t dropped = 0;          ///< messages; of a stream, blocks that had to be sent again
  std::uint64_t duplicated = 0;       ///< units
  std::uint64_t reordered = 0;        ///< messages that were overtaken; blocks of a stream
  std::uint64_t corrupted = 0;        ///< bytes, in each of which one bit was turned
  std::uint64_t bytes_swallowed = 0;  ///< after half-open-after, or lost for good

  bool operator==(const counts&) const = default;
};

/// "1000 messages, 10 dropped, 8 duplicated, 64000 bytes passed"
[[nodiscard]] std::string to_sentence(const counts& c, carriage how);

class decisions {
 public:
  decisions(const treatment& t, const dice& d, carriage how, fairlead::time_point began);

  /// Some bytes, or one message, were received.
  void take(fairlead::const_buffer content, fairlead::time_point now);
  /// The sender has finished, or is gone.
  void end(fairlead::time_point now);
  /// How many bytes take() should be given at most, so that what waits stays within its bound. 0: nothing,
  /// until something has been given away. A message is taken whole.
  [[nodiscard]] std::size_t room() const noexcept;

  /// When give() has something; time_point::max(): not before take() or end().
  [[nodiscard]] fairlead::time_point due() const noexcept;
  /// What is to be passed on next, if it is time. The end comes last, and once.
  [[nodiscard]] std::optional<arrival> give(fairlead::mutable_buffer into, fairlead::time_point now);
  /// An end was swallowed: give() will never tell it.
  [[nodiscard]] bool lost_the_end() const noexcept { return ended_ && end_lost_; }

  [[nodiscard]] const counts& done() const noexcept { return done_; }
  [[nodiscard]] carriage how() const noexcept { return how_; }
  /// Bytes that wait, with their bookkeeping.
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }

 private:
  using time_point = fairlead::time_point;
  using duration = fairlead::duration;

  struct message {
    std::vector<std::byte> content;
    time_point at;
    bool twice = false;
  };
  // So many bytes of the stream are due at one time.
  struct stretch {
    std::size_t size;
    time_point at;
  };

  [[nodiscard]] bool is_silent(time_point now) const noexcept;
  [[nodiscard]] duration jitter(std::uint64_t unit) const noexcept;
  [[nodiscard]] time_point in_order(time_point at) noexcept { return last_ = std::max(last_, at); }
  time_point off_the_line(std::size_t bytes, time_point now);
  void corrupt(std::span<std::byte> content, std::uint64_t place, std::uint64_t unit);

  void take_bytes(fairlead::const_buffer content, time_point now);
  void begin_block(std::uint64_t unit);
  [[nodiscard]] std::optional<duration> repeats(std::uint64_t unit) const noexcept;
  void take_message(fairlead::const_buffer content, time_point now);
  void put(message m);
  void release_held(time_point not_before);
  [[nodiscard]] arrival give_bytes(fairlead::mutable_buffer into, time_point now);
  [[nodiscard]] arrival give_message(fairlead::mutable_buffer into);

  const treatment how_treated_;
  const dice dice_;
  const carriage how_;
  const std::size_t bound_;
  time_point silent_from_ = time_point::max();
  counts done_;
  std::size_t waiting_ = 0;
  time_point last_ = time_point::min();  // nothing is due before what came before it

  // The line: since when it has been busy, and with how many bytes.
  time_point busy_since_ = time_point::min();
  std::uint64_t busy_with_ = 0;
  time_point free_from_ = time_point::min();

  // A stream: its bytes that wait, and the block that arrives.
  std::vector<std::byte> bytes_;
  std::size_t first_ = 0;  // in bytes_
  std::deque<stretch> stretches_;
  std::uint64_t offset_ = 0;
  duration block_jitter_{};
  duration block_stall_{};             // before its first byte
  std::size_t block_copies_ = 1;       // on the line
  std::size_t block_corrupt_ = block;  // which of its bytes; block: none
  bool lost_ = false;                  // nothing of the stream will arrive any more

  // Messages, and the one that waits for being overtaken.
  std::deque<message> messages_;
  std::optional<message> held_;

  bool ended_ = false;
  bool end_lost_ = false;
  bool end_given_ = false;
  time_point end_at_ = time_point::max();
};

}  // namespace tool::faults
