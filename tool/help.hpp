// SPDX-License-Identifier: MIT
// --help, made from the tables of commands and flags.
#pragma once

#include <string>

#include "command/command.hpp"

namespace tool {

/// Of `fairlead` itself.
[[nodiscard]] std::string help();
[[nodiscard]] std::string help(const command& c);

}  // namespace tool
