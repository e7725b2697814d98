// SPDX-License-Identifier: MIT
// When things are due that happen so many times a second, without ever drifting.
#pragma once

#include <cstdint>

#include <fairlead/clock.hpp>

namespace tool::bench_parts {

/// How many numbers of a fixed rate are due before `span` has passed.
[[nodiscard]] std::uint64_t due_within(fairlead::duration span, std::uint64_t rate);

/// When number `n` of a fixed rate is due, counted from the first one.
[[nodiscard]] inline fairlead::duration due_after(std::uint64_t n, std::uint64_t rate) {
  constexpr std::uint64_t second = 1'000'000'000;
  return std::chrono::nanoseconds(n / rate * second + n % rate * second / rate);
}

}  // namespace tool::bench_parts
