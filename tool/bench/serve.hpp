// SPDX-License-Identifier: MIT
// The server of `fairlead bench`, of every kind, on one loop or several.
#pragma once

#include <fairlead/loop.hpp>

#include "console.hpp"
#include "option.hpp"

namespace tool::bench_parts {

/// Until a signal ends it. Gives the status of the program.
[[nodiscard]] int serve(const settings& asked, console& out, fairlead::loop_options options);

}  // namespace tool::bench_parts
