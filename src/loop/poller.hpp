// SPDX-License-Identifier: MIT
// How long a loop looks for events by itself before it sleeps; docs/design/polling.md. It knows no clock: the
// loop tells it what happened.
#pragma once

#include <fairlead/clock.hpp>
#include <fairlead/loop.hpp>

namespace fairlead::detail {

class poller {
 public:
  poller(polling how, duration bound) noexcept
      : how_(how),
        bound_(bound > duration::zero() ? bound : duration::zero()),
        window_(how == polling::always ? duration::max() : duration::zero()) {}

  /// Whether anybody looks at the clock for this at all.
  [[nodiscard]] bool watches() const noexcept { return how_ != polling::off; }
  /// How long to poll while nothing is to be done; nothing: sleep at once.
  [[nodiscard]] duration window() const noexcept { return window_; }
  /// The same for this time, which counts.
  [[nodiscard]] duration next_window() noexcept {
    if (calm_ == 0 || how_ != polling::adaptive) return window_;
    --calm_;
    return duration::zero();
  }

  /// The loop had nothing to do for `idle`, and slept for the last of it.
  void slept(duration idle) noexcept;
  /// Something happened while we polled.
  void found() noexcept;
  /// A large piece was moved: there is no hurry, and what has had time to pile up costs less.
  void moved_much() noexcept { calm_ = long_calm; }
  /// The core was given to somebody else while we polled.
  void was_in_the_way() noexcept;

 private:
  static constexpr duration first_window = std::chrono::microseconds(10);
  static constexpr unsigned shortest_rest = 8;
  static constexpr unsigned longest_rest = 1024;
  static constexpr unsigned long_calm = 8;  // not every wakening brings something that can be moved
  static constexpr unsigned trust = 64;     // as often it finds something before it rests for half as long

  polling how_;
  duration bound_;
  duration window_;
  unsigned rest_ = 0;                   // sleeps for which the window stays closed
  unsigned next_rest_ = shortest_rest;  // the same, the next time we are in the way
  unsigned calm_ = 0;                   // sleeps before it is in a hurry again
  unsigned found_ = 0;                  // since the rest was last halved
};

}  // namespace fairlead::detail
