// SPDX-License-Identifier: MIT
// The server's side of a connection: reads the hello and does what it says.
#pragma once

#include <fairlead/task.hpp>

#include "bench/attended.hpp"
#include "bench/protocol.hpp"
#include "wire/link.hpp"

namespace tool::bench_parts {

/// Until the client has finished and has its report, which is `counted`: true at any time, and it outlives
/// the task. A client that comes and goes without a word is no error.
[[nodiscard]] fairlead::task<fairlead::result<void>> serve_stream(link& client, session_terms terms,
                                                                  report& counted);

}  // namespace tool::bench_parts
