// SPDX-License-Identifier: MIT
// A hierarchical timing wheel (Varghese and Lauck, 1987): arming and cancelling take constant time however
// many timers there are. Eight levels of 64 slots; a tick is 2^16 ns (66 µs), and the wheel spans all time.
#pragma once

#include <array>
#include <cstdint>

#include <fairlead/operation.hpp>

#include "loop/intrusive_list.hpp"

namespace fairlead::detail {

class timer_wheel {
 public:
  explicit timer_wheel(time_point start) noexcept;
  timer_wheel(const timer_wheel&) = delete;
  timer_wheel& operator=(const timer_wheel&) = delete;

  [[nodiscard]] bool empty() const noexcept { return armed_ == 0; }
  /// node.fire will be called by the first expire() at or after `when`, and never before.
  void arm(timer_node& node, time_point when) noexcept;
  void cancel(timer_node& node) noexcept;
  /// A time not later than the first deadline; time_point::max() if there is none.
  [[nodiscard]] time_point next() const noexcept;
  /// Fires all that are due. A node is out of the wheel before its fire is called and may be armed again.
  void expire(time_point now) noexcept;

 private:
  static constexpr unsigned levels = 8;
  static constexpr unsigned tick_bits = 16;
  static constexpr std::uint16_t due_slot = 0xffff;
  struct place {
    unsigned level;
    std::uint64_t tick;
  };
  [[nodiscard]] bool first(place& p) const noexcept;
  void insert(timer_node& node) noexcept;

  std::uint64_t elapsed_;  // ticks that have been dealt with
  std::size_t armed_ = 0;
  intrusive_list<timer_node> due_;
  std::array<std::uint64_t, levels> occupied_{};
  std::array<std::array<intrusive_list<timer_node>, 64>, levels> slots_;
};

}  // namespace fairlead::detail
