// SPDX-License-Identifier: MIT
// What is told at the end: a small table and a chart, or one object of JSON.
#pragma once

#include <string>

#include "bench/run.hpp"
#include "console.hpp"

namespace tool::bench_parts {

/// Lines for people, on standard output. `on` is the backend's name.
[[nodiscard]] std::string summary(const run& r, const std::string& address, std::string_view on,
                                  const console& out);

/// The last line of --json. `interrupted` is the signal that ended it, or 0.
[[nodiscard]] std::string json_summary(const run& r, const std::string& address, std::string_view on,
                                       int interrupted, int status);

}  // namespace tool::bench_parts
