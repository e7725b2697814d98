// SPDX-License-Identifier: MIT
#include "bench/arrivals.hpp"

#include <algorithm>

namespace tool::bench_parts {

void arrivals::take(std::uint64_t number) {
  std::uint64_t& word = seen_[number % window / 64];
  const std::uint64_t bit = 1ULL << number % 64;
  if (number >= next_) {
    if (number - next_ >= window) {
      std::ranges::fill(seen_, 0);
    } else {
      for (std::uint64_t n = next_; n != number; ++n) seen_[n % window / 64] &= ~(1ULL << n % 64);
    }
    word |= bit;
    next_ = number == UINT64_MAX ? number : number + 1;
    ++distinct_;
  } else if (next_ - number > window) {
    ++too_late_;
    ++reordered_;
    ++distinct_;
  } else if ((word & bit) != 0) {
    ++duplicates_;
  } else {
    word |= bit;
    ++reordered_;
    ++distinct_;
  }
}

}  // namespace tool::bench_parts
