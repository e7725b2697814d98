// SPDX-License-Identifier: MIT
// How the programs that time round trips tell of them: ours, the peers' and the clients alike.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <vector>

/// The value that a share `p` of them does not exceed (nearest rank). `sorted` must not be empty.
inline double percentile(const std::vector<double>& sorted, double p) {
  const auto at = static_cast<std::size_t>(p * static_cast<double>(sorted.size()));
  return sorted[std::min(at, sorted.size() - 1)];
}

/// Prints lines "metric unit better value" for bench/support/pairs.sh; `took` is in seconds. Says false when
/// there are too few for a p99.
inline bool print_percentiles(std::vector<double>& took) {
  if (took.size() < 100) return std::fputs("too few round trips\n", stderr), false;
  std::sort(took.begin(), took.end());
  std::printf("p50 µs less %.2f\n", percentile(took, 0.5) * 1e6);
  std::printf("p99 µs less %.2f\n", percentile(took, 0.99) * 1e6);
  std::printf("p99.9 µs less %.2f\n", percentile(took, 0.999) * 1e6);
  return true;
}
