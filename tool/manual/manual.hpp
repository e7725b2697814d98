// SPDX-License-Identifier: MIT
// What a packager installs: man pages and completions, made from the tables of commands and flags.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "command/command.hpp"

namespace tool {

/// A man page's date: its day counted from 1970-01-01.
using day_number = long;

/// fairlead(1), in the man(7) macros, ASCII only.
[[nodiscard]] std::string manual_page(day_number made_on);
/// fairlead-COMMAND(1).
[[nodiscard]] std::string manual_page(const command& c, day_number made_on);
/// "fairlead-connect"
[[nodiscard]] std::string page_name(const command& c);

/// The shells that completions are made for.
[[nodiscard]] std::span<const std::string_view> shells() noexcept;
[[nodiscard]] std::string bash_completion();
[[nodiscard]] std::string zsh_completion();
[[nodiscard]] std::string fish_completion();

}  // namespace tool
