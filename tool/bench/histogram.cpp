// SPDX-License-Identifier: MIT
#include "bench/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tool::bench_parts {

namespace {

constexpr unsigned half_bits = 10;                 // counters to a power of two
constexpr std::uint64_t half = 1ULL << half_bits;  // 1024
constexpr unsigned exact_bits = half_bits + 1;     // below 2048 nothing is rounded
constexpr std::size_t places = (64 - exact_bits + 2) * half;

}  // namespace

histogram::histogram() : counts_(places) {}

std::size_t histogram::place_of(std::uint64_t value) noexcept {
  const auto bits = static_cast<unsigned>(std::bit_width(value));
  if (bits <= exact_bits) return value;
  const unsigned shift = bits - exact_bits;
  return shift * half + (value >> shift);
}

std::uint64_t histogram::largest_at(std::size_t place) noexcept {
  if (place < 2 * half) return place;
  const std::uint64_t shift = place / half - 1;
  const std::uint64_t first = (place - shift * half) << shift;
  return first + ((1ULL << shift) - 1);
}

std::uint64_t histogram::percentile(double percent) const noexcept {
  if (total_ == 0) return 0;
  const double share = std::clamp(percent, 0.0, 100.0) / 100.0 * static_cast<double>(total_);
  // What is whole but for the rounding of binary fractions is meant to be whole: 99.9 % of 1000 is the 999th.
  const auto rank = static_cast<std::uint64_t>(std::ceil(share - share * 1e-12));
  const std::uint64_t wanted = std::clamp<std::uint64_t>(rank, 1, total_);
  std::uint64_t seen = 0;
  for (std::size_t at = place_of(least_); at < counts_.size(); ++at) {
    seen += counts_[at];
    if (seen >= wanted) return std::min(largest_at(at), most_);
  }
  return most_;
}

std::uint64_t histogram::between(std::uint64_t from, std::uint64_t to) const noexcept {
  std::uint64_t found = 0;
  for (std::size_t at = place_of(from); at <= place_of(std::min(to, most_)) && at < counts_.size(); ++at) {
    const std::uint64_t value = std::min(largest_at(at), most_);
    if (value >= from && value < to) found += counts_[at];
  }
  return found;
}

void histogram::add(const histogram& other) noexcept {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  total_ += other.total_;
  least_ = std::min(least_, other.least_);
  most_ = std::max(most_, other.most_);
}

double histogram::mean() const noexcept {
  if (total_ == 0) return 0;
  double sum = 0;
  for (std::size_t at = place_of(least_); at <= place_of(most_); ++at) {
    sum += static_cast<double>(counts_[at]) * static_cast<double>(std::min(largest_at(at), most_));
  }
  return sum / static_cast<double>(total_);
}

}  // namespace tool::bench_parts
