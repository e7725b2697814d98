// SPDX-License-Identifier: MIT
// The commands. Each is one file, and one line in the table.
#pragma once

#include <span>
#include <string_view>

#include "console.hpp"
#include "option.hpp"

namespace tool {

/// What each command does; gives the exit status.
int connect(const settings& asked, console& out);
int listen(const settings& asked, console& out);
int demo(const settings& asked, console& out);
int bench(const settings& asked, console& out);
int resolve(const settings& asked, console& out);
int probe(const settings& asked, console& out);

struct command {
  std::string_view name;
  command_set id;
  std::string_view argument;  ///< what it must be given; empty for nothing
  bool several;               ///< more than one of it may be given
  std::string_view summary;
  std::string_view more;  ///< what the help adds, as paragraphs
  int (*run)(const settings&, console&);
};

[[nodiscard]] std::span<const command> commands() noexcept;

}  // namespace tool
