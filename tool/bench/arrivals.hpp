// SPDX-License-Identifier: MIT
// Which numbered datagrams have arrived, in which order, and how often each.
#pragma once

#include <cstdint>
#include <vector>

namespace tool::bench_parts {

/// Remembers the last 65,536 numbers below the highest that came, in 8 KiB.
class arrivals {
 public:
  arrivals() : seen_(window / 64) {}

  void take(std::uint64_t number);

  [[nodiscard]] std::uint64_t distinct() const noexcept { return distinct_; }
  [[nodiscard]] std::uint64_t duplicates() const noexcept { return duplicates_; }
  /// That came after one with a higher number; duplicates are not counted.
  [[nodiscard]] std::uint64_t reordered() const noexcept { return reordered_; }
  /// Older than what is remembered: whether such a number came before is not known. They count as distinct
  /// and as reordered, too.
  [[nodiscard]] std::uint64_t too_late() const noexcept { return too_late_; }

  /// One above the highest number that came: what was not distinct below it is missing.
  [[nodiscard]] std::uint64_t end() const noexcept { return next_; }

  static constexpr std::uint64_t window = 65536;

 private:
  std::vector<std::uint64_t> seen_;
  std::uint64_t next_ = 0;  // one above the highest
  std::uint64_t distinct_ = 0;
  std::uint64_t duplicates_ = 0;
  std::uint64_t reordered_ = 0;
  std::uint64_t too_late_ = 0;
};

}  // namespace tool::bench_parts
