// SPDX-License-Identifier: MIT
// The client of an iperf3 server.
#pragma once

#include <fairlead/task.hpp>
#include <fairlead/url.hpp>

#include "bench/run.hpp"

namespace tool::bench_parts::iperf3 {

/// Asks for a test, measures, and hears what the server has counted. What goes wrong is in r.failed.
[[nodiscard]] fairlead::task<> measure(run& r, progress& told, fairlead::url to);

}  // namespace tool::bench_parts::iperf3
