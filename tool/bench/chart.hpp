// SPDX-License-Identifier: MIT
// A distribution of times as bars of text.
#pragma once

#include <string>

#include "bench/histogram.hpp"

namespace tool::bench_parts {

/// A line for each step of 1, 2, 5, 10 … ns that holds anything, and for those between them; empty where
/// nothing was recorded. No line is wider than 79 columns.
[[nodiscard]] std::string chart(const histogram& nanoseconds);

}  // namespace tool::bench_parts
