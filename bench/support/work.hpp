// SPDX-License-Identifier: MIT
// Work that a server does for a message beside echoing it: steps of a generator of random numbers, each of
// which needs the one before. A step takes about a nanosecond.
#pragma once

#include <cstdint>

inline std::uint64_t work(std::uint64_t seed, long steps) {
  for (long i = 0; i < steps; ++i) seed = seed * 6364136223846793005U + 1442695040888963407U;
  return seed;
}
