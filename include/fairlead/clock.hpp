// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

namespace fairlead {

/// Deadlines are measured on the monotonic clock: setting the wall clock moves none of them.
using clock = std::chrono::steady_clock;
using time_point = clock::time_point;
using duration = clock::duration;

}  // namespace fairlead
