// SPDX-License-Identifier: MIT
// A rate as a bucket of tokens, one for each byte: it fills at the rate, up to what may pass in one burst.
#pragma once

#include <cstdint>

#include <fairlead/clock.hpp>

namespace tool {

/// Without a clock of its own, and exact: in any span of t seconds at most rate * t + burst bytes are due,
/// and no byte of the rate is lost to rounding.
///
/// Bytes are charged when they are there, and the bucket may owe them: each charge is told when its bytes are
/// due, after those of all charges before it. So those who share a bucket and have one charge at a time under
/// way take turns, and whoever is silent takes nothing from the others.
class token_bucket {
 public:
  /// Bytes a second, at least 1. Begins full.
  token_bucket(std::uint64_t rate, fairlead::time_point now) noexcept;

  /// When `bytes` more are due: `now` or later. A time before that of an earlier call counts as that time.
  [[nodiscard]] fairlead::time_point charge(std::uint64_t bytes, fairlead::time_point now) noexcept;

  /// Whether it owes nothing now: what is charged next passes without a wait, but for what it is too large.
  [[nodiscard]] bool is_free(fairlead::time_point now) noexcept;

  [[nodiscard]] std::uint64_t rate() const noexcept { return rate_; }
  /// What passes at once after a silence: a tenth of a second's worth, at least one byte.
  [[nodiscard]] std::uint64_t burst() const noexcept;
  /// How much to charge at a time so that the others who share it get their turn soon.
  [[nodiscard]] std::uint64_t quantum() const noexcept;

 private:
  __extension__ using wide = __int128;
  __extension__ using unsigned_wide = unsigned __int128;
  static constexpr std::uint64_t unit =
      1'000'000'000;  // of the level, in one byte: rate * nanoseconds are whole

  void fill(fairlead::time_point now) noexcept;

  std::uint64_t rate_;
  wide level_;  // below zero it owes
  fairlead::time_point last_;
};

}  // namespace tool
