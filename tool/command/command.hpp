// SPDX-License-Identifier: MIT
// The commands. Each is one file, and one line in the table.
#pragma once

#include <limits>
#include <span>
#include <string_view>

#include "console.hpp"
#include "option.hpp"

namespace tool {

/// What each command does; gives the exit status.
int connect(const settings& asked, console& out);
int listen(const settings& asked, console& out);
int send_files(const settings& asked, console& out);
int receive_files(const settings& asked, console& out);
int relay_command(const settings& asked, console& out);
int demo(const settings& asked, console& out);
int bench(const settings& asked, console& out);
int resolve(const settings& asked, console& out);
int probe(const settings& asked, console& out);
int replay(const settings& asked, console& out);
int completion(const settings& asked, console& out);
int manual(const settings& asked, console& out);

constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();

struct command {
  std::string_view name;
  command_set id;
  std::string_view argument;  ///< what it is given, for the help; empty for nothing
  std::size_t least;          ///< how many arguments it must be given
  std::size_t most;           ///< and may be
  std::string_view summary;
  std::string_view more;  ///< what the help adds, as paragraphs
  int (*run)(const settings&, console&);
};

[[nodiscard]] std::span<const command> commands() noexcept;

}  // namespace tool
