// SPDX-License-Identifier: MIT
// The client's side, over datagrams.
#pragma once

#include <fairlead/task.hpp>
#include <fairlead/url.hpp>

#include "bench/run.hpp"

namespace tool::bench_parts {

/// Asks for sessions, measures, and counts what got lost. What goes wrong is in r.failed.
[[nodiscard]] fairlead::task<> measure_datagrams(run& r, progress& told, fairlead::url to);

}  // namespace tool::bench_parts
