// SPDX-License-Identifier: MIT
#include "loop/timer_wheel.hpp"

#include <bit>

namespace fairlead::detail {

namespace {

constexpr std::uint64_t ns_of(time_point t) noexcept {
  const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(t.time_since_epoch()).count();
  return ns < 0 ? 0 : static_cast<std::uint64_t>(ns);
}

}  // namespace

timer_wheel::timer_wheel(time_point start) noexcept : elapsed_(ns_of(start) >> tick_bits) {}

// A deadline belongs to the tick at or after it, so that no timer fires early.
static std::uint64_t tick_of(time_point t, unsigned bits) noexcept {
  return (ns_of(t) + (std::uint64_t{1} << bits) - 1) >> bits;  // 64 bits have room: ns has 63
}

void timer_wheel::arm(timer_node& node, time_point when) noexcept {
  node.when = when;
  node.armed = true;
  ++armed_;
  insert(node);
}

// The level is the highest group of six bits in which the deadline differs from now; within a level every
// occupied slot lies ahead of the current one, so a bitmap gives the next deadline in a few instructions.
void timer_wheel::insert(timer_node& node) noexcept {
  const std::uint64_t tick = tick_of(node.when, tick_bits);
  if (tick <= elapsed_) {
    node.slot = due_slot;
    due_.push_back(node);
    return;
  }
  const auto level = static_cast<unsigned>(63 - std::countl_zero((elapsed_ ^ tick) | 63U)) / 6;
  const auto slot = static_cast<unsigned>(tick >> (6 * level)) & 63U;
  node.slot = static_cast<std::uint16_t>(level * 64 + slot);
  slots_[level][slot].push_back(node);
  occupied_[level] |= std::uint64_t{1} << slot;
}

void timer_wheel::cancel(timer_node& node) noexcept {
  if (!node.armed) return;
  node.armed = false;
  --armed_;
  unlink(node);
  if (node.slot == due_slot) return;
  const unsigned level = node.slot / 64;
  const unsigned slot = node.slot % 64;
  if (slots_[level][slot].empty()) occupied_[level] &= ~(std::uint64_t{1} << slot);
}

bool timer_wheel::first(place& p) const noexcept {
  for (unsigned level = 0; level < levels; ++level) {
    if (occupied_[level] == 0) continue;
    const auto slot = static_cast<std::uint64_t>(std::countr_zero(occupied_[level]));
    const unsigned above = 6 * (level + 1);
    p = {level, (elapsed_ >> above << above) | slot << (6 * level)};
    return true;
  }
  return false;
}

time_point timer_wheel::next() const noexcept {
  if (!due_.empty()) return time_point::min();
  place p{};
  // The tick of the last deadlines of all begins when time_point has ended.
  if (!first(p) || p.tick >= std::uint64_t{1} << (63U - tick_bits)) return time_point::max();
  return time_point(std::chrono::duration_cast<duration>(
      std::chrono::nanoseconds(static_cast<std::int64_t>(p.tick << tick_bits))));
}

void timer_wheel::expire(time_point now) noexcept {
  const std::uint64_t tick = ns_of(now) >> tick_bits;
  intrusive_list<timer_node> firing;
  firing.take(due_);
  place p{};
  while (first(p) && p.tick <= tick) {
    elapsed_ = p.tick;
    const auto slot = static_cast<unsigned>(p.tick >> (6 * p.level)) & 63U;
    occupied_[p.level] &= ~(std::uint64_t{1} << slot);
    intrusive_list<timer_node> moved;
    moved.take(slots_[p.level][slot]);
    while (!moved.empty()) insert(moved.pop_front());  // to a lower level, or due
    firing.take(due_);
  }
  if (tick > elapsed_) elapsed_ = tick;
  // Nodes still waiting their turn here count as due: cancelling one only unlinks it.
  while (!firing.empty()) {
    timer_node& node = firing.pop_front();
    node.armed = false;
    --armed_;
    node.fire(node);
  }
}

}  // namespace fairlead::detail
