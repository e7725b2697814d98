// SPDX-License-Identifier: MIT
// Commands as they are typed, for the man pages. A command has none as long as nobody has written one here.
#pragma once

#include <span>
#include <string_view>

#include "option.hpp"

namespace tool {

struct example {
  command_set command;  ///< on_none: of fairlead(1)
  std::string_view does;
  std::string_view typed;
};

[[nodiscard]] std::span<const example> examples() noexcept;

}  // namespace tool
