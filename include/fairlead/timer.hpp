// SPDX-License-Identifier: MIT
// Sleeping: an operation like any other, with the same three consumers.
#pragma once

#include <fairlead/operation.hpp>

namespace fairlead {

/// Ends when its time has come; never before, and up to 66 µs plus a turn of the loop after.
class [[nodiscard]] FAIRLEAD_API sleep_operation : public detail::timed_io, public leaf<sleep_operation> {
 public:
  using value_type = void;
  static constexpr bool composed = false;
  explicit sleep_operation(time_point until, duration span) noexcept
      : timed_io(detail::action::sleep, nullptr), until_(until), lasts_(span) {}
  sleep_operation(sleep_operation&&) noexcept = default;
  [[nodiscard]] result<void> take() const noexcept { return {}; }

  /// When it ends if it starts at `now`.
  [[nodiscard]] time_point due_from(time_point now) const noexcept {
    if (lasts_ == duration::max()) return until_;
    if (lasts_ < duration::zero()) return now;
    return lasts_ > time_point::max() - now ? time_point::max() : now + lasts_;
  }

 private:
  time_point until_;
  duration lasts_;
};

/// The time counts from when the operation starts.
[[nodiscard]] inline sleep_operation sleep_for(duration d) noexcept {
  return sleep_operation(time_point::max(), d);
}
[[nodiscard]] inline sleep_operation sleep_until(time_point t) noexcept {
  return sleep_operation(t, duration::max());
}

}  // namespace fairlead
