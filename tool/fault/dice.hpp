// SPDX-License-Identifier: MIT
// Chance that can be repeated: every decision is a function of the seed, the conversation, the direction, the
// kind of fault and the number of the message or block. The standard's distributions differ between
// libraries; this is all integers.
#pragma once

#include <cstdint>

#include "fault/plan.hpp"
#include "wire/witness.hpp"

namespace tool::faults {

/// What a number is for. Each has a sequence of its own, so that asking for one more fault moves no other
/// one. The order is part of what a seed means: add at the end.
enum class use : std::uint8_t { jitter, drop, repeat, reorder, duplicate, corrupt, place, bit };

class dice {
 public:
  constexpr dice(std::uint64_t seed, std::uint64_t conversation, direction d) noexcept
      : key_(nth(nth(seed, conversation), index_of(d))) {}

  /// Number `n` of a sequence, any 64 bits.
  [[nodiscard]] constexpr std::uint64_t number(use u, std::uint64_t n) const noexcept {
    return nth(nth(key_, static_cast<std::uint64_t>(u)), n);
  }
  /// From 0 to `bound` - 1.
  [[nodiscard]] constexpr std::uint64_t below(std::uint64_t bound, use u, std::uint64_t n) const noexcept {
    __extension__ using wide = unsigned __int128;
    return static_cast<std::uint64_t>((wide{number(u, n)} * bound) >> 64U);
  }
  [[nodiscard]] constexpr bool happens(chance c, use u, std::uint64_t n) const noexcept {
    return c != 0 && below(certain, u, n) < c;
  }

  /// Output `n`, from 0, of SplitMix64 (Steele, Lea and Flood, 2014) seeded with `seed`: any of them can be
  /// had without those before it.
  [[nodiscard]] static constexpr std::uint64_t nth(std::uint64_t seed, std::uint64_t n) noexcept {
    std::uint64_t z = seed + (n + 1) * 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }

 private:
  std::uint64_t key_;
};

}  // namespace tool::faults
