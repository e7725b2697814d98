// SPDX-License-Identifier: MIT
// The histogram of latencies, against sorting the same values exactly.
#include "bench/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace {

using tool::bench_parts::histogram;

constexpr double percents[] = {0, 0.01, 1, 10, 25, 50, 75, 90, 99, 99.9, 99.99, 99.999, 100};

// The nearest-rank percentile, from the definition, in whole numbers: percents have at most three decimals.
std::uint64_t exact(const std::vector<std::uint64_t>& sorted, double percent) {
  const auto thousandths = static_cast<std::uint64_t>(std::llround(percent * 1000));
  const std::uint64_t rank = (thousandths * sorted.size() + 99'999) / 100'000;
  return sorted[std::max<std::uint64_t>(rank, 1) - 1];
}

void compare(std::vector<std::uint64_t> values) {
  histogram h;
  for (const std::uint64_t v : values) h.record(v);
  std::sort(values.begin(), values.end());
  EXPECT_EQ(h.count(), values.size());
  EXPECT_EQ(h.least(), values.front());
  EXPECT_EQ(h.most(), values.back());
  for (const double p : percents) {
    const std::uint64_t truth = exact(values, p);
    const std::uint64_t told = h.percentile(p);
    EXPECT_GE(told, truth) << p;
    EXPECT_LE(static_cast<double>(told - truth), 0.001 * static_cast<double>(truth)) << p;
  }
}

TEST(Histogram, IsExactBelow2048) {
  histogram h;
  for (std::uint64_t v = 0; v < 2048; ++v) h.record(v);
  for (std::uint64_t v = 0; v < 2048; ++v) {
    EXPECT_EQ(h.between(v, v + 1), 1U);
    EXPECT_EQ(histogram::largest_at(histogram::place_of(v)), v);
  }
  EXPECT_EQ(h.percentile(50), 1023U);
  EXPECT_EQ(h.percentile(100), 2047U);
}

TEST(Histogram, RoundsUpByLessThanAThousandthOverAll64Bits) {
  std::size_t before = 0;
  for (unsigned bit = 0; bit < 64; ++bit) {
    for (const std::uint64_t v : {(1ULL << bit) - 1, 1ULL << bit, (1ULL << bit) + (1ULL << bit) / 3}) {
      const std::size_t at = histogram::place_of(v);
      EXPECT_GE(at, before) << v;
      before = at;
      EXPECT_GE(histogram::largest_at(at), v);
      EXPECT_LE(histogram::largest_at(at) - v, v / 1000) << v;
    }
  }
  histogram h;
  h.record(UINT64_MAX);
  EXPECT_EQ(h.percentile(50), UINT64_MAX);
}

TEST(Histogram, AgreesWithSortingWhateverTheDistribution) {
  std::mt19937_64 dice(20260101);
  std::vector<std::uint64_t> even, skewed, wide, few(1, 123'456'789);
  std::lognormal_distribution<double> latencies(std::log(40'000.0), 1.2);
  for (int i = 0; i < 100'000; ++i) {
    even.push_back(dice() % 1'000'000);
    skewed.push_back(static_cast<std::uint64_t>(latencies(dice)));
    wide.push_back(dice() >> (dice() % 64));
  }
  compare(even);
  compare(skewed);
  compare(wide);
  compare(few);
  compare({7, 7, 7, 4'000'000'000, 7, 7, 7, 7, 7, 7});
}

TEST(Histogram, TakesTheRankThatIsMeant) {
  histogram h;
  for (std::uint64_t v = 1; v <= 1000; ++v) h.record(v);
  EXPECT_EQ(h.percentile(99.9), 999U);
  EXPECT_EQ(h.percentile(99.99), 1000U);
  EXPECT_EQ(h.percentile(0), 1U);
  EXPECT_NEAR(h.mean(), 500.5, 1e-9);
}

TEST(Histogram, CountsEveryValueInExactlyOneRange) {
  std::mt19937_64 dice(7);
  histogram h;
  for (int i = 0; i < 10'000; ++i) h.record(dice() >> (dice() % 64));
  std::uint64_t sum = 0;
  std::uint64_t from = 0;
  for (unsigned bit = 1; bit < 64; bit += 3) {
    sum += h.between(from, 1ULL << bit);
    from = 1ULL << bit;
  }
  sum += h.between(from, UINT64_MAX);
  EXPECT_EQ(sum + (h.most() == UINT64_MAX ? 1 : 0), 10'000U);
}

TEST(Histogram, OfNothingSaysNothing) {
  const histogram h;
  EXPECT_EQ(h.count(), 0U);
  EXPECT_EQ(h.least(), 0U);
  EXPECT_EQ(h.most(), 0U);
  EXPECT_EQ(h.percentile(99), 0U);
  EXPECT_EQ(h.between(0, UINT64_MAX), 0U);
}

TEST(Histogram, AddsAnother) {
  histogram a;
  histogram b;
  histogram both;
  for (const std::uint64_t n : {5U, 7000U, 123'456'789U}) a.record(n), both.record(n);
  for (const std::uint64_t n : {1U, 7000U}) b.record(n), both.record(n);
  a.add(b);
  a.add(histogram());
  EXPECT_EQ(a.count(), both.count());
  EXPECT_EQ(a.least(), both.least());
  EXPECT_EQ(a.most(), both.most());
  EXPECT_EQ(a.percentile(50), both.percentile(50));
}

}  // namespace
