// SPDX-License-Identifier: MIT
#include "bench/rate.hpp"

#include <algorithm>

namespace tool::bench_parts {

using fairlead::duration;

std::uint64_t due_within(duration span, std::uint64_t rate) {
  constexpr std::uint64_t second = 1'000'000'000;
  const auto ns = static_cast<std::uint64_t>(std::max<duration::rep>(span.count(), 0));
  std::uint64_t n = ns / second * rate + ns % second * rate / second;
  while (due_after(n, rate) < span) ++n;
  return n;
}

}  // namespace tool::bench_parts
