// SPDX-License-Identifier: MIT
// Times of very different size in one table, each to three significant digits, however many there are. The
// layout is that of HdrHistogram: below 2048 every value has a counter of its own, and each further power of
// two has 1024 counters, so a counter spans less than a thousandth of its values.
#pragma once

#include <cstdint>
#include <vector>

namespace tool::bench_parts {

class histogram {
 public:
  histogram();

  void record(std::uint64_t value) noexcept {
    ++counts_[place_of(value)];
    ++total_;
    if (value < least_) least_ = value;
    if (value > most_) most_ = value;
  }

  /// As if all that was recorded there had been recorded here.
  void add(const histogram& other) noexcept;

  [[nodiscard]] std::uint64_t count() const noexcept { return total_; }
  /// 0 where nothing was recorded.
  [[nodiscard]] std::uint64_t least() const noexcept { return total_ == 0 ? 0 : least_; }
  [[nodiscard]] std::uint64_t most() const noexcept { return most_; }
  [[nodiscard]] double mean() const noexcept;

  /// The smallest value that at least `percent` of all are not above, less than 0.1 % too large and never
  /// above most(). 0 where nothing was recorded.
  [[nodiscard]] std::uint64_t percentile(double percent) const noexcept;
  /// How many are at least `from` and less than `to`. At the edges, what shares a counter counts as its
  /// largest value.
  [[nodiscard]] std::uint64_t between(std::uint64_t from, std::uint64_t to) const noexcept;

  /// The counter of a value, and the largest value that shares it.
  [[nodiscard]] static std::size_t place_of(std::uint64_t value) noexcept;
  [[nodiscard]] static std::uint64_t largest_at(std::size_t place) noexcept;

 private:
  std::vector<std::uint64_t> counts_;
  std::uint64_t total_ = 0;
  std::uint64_t least_ = UINT64_MAX;
  std::uint64_t most_ = 0;
};

}  // namespace tool::bench_parts
