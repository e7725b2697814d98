// SPDX-License-Identifier: MIT
// The client's side, over connections.
#pragma once

#include <fairlead/task.hpp>
#include <fairlead/url.hpp>

#include "bench/run.hpp"

namespace tool::bench_parts {

/// Connects, measures, and checks what the server reports. What goes wrong is in r.failed.
[[nodiscard]] fairlead::task<> measure_streams(run& r, progress& told, fairlead::url to);

}  // namespace tool::bench_parts
