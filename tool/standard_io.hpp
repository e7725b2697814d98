// SPDX-License-Identifier: MIT
// Our own standard input, output and error.
#pragma once

#include <string_view>

#include <fairlead/error.hpp>

namespace tool {

/// Numbers 0 to 2 that are closed would be taken by the next sockets, and what is said on standard error
/// would go to a peer: /dev/null takes their places. Standard input then ends at once, and writing to
/// standard output is still an error. For the beginning of main().
void occupy_standard_streams() noexcept;

/// Writes it to standard output, at once. Whether that went well may be asked later, see all_shown(); main()
/// does so at the end.
void show(std::string_view text) noexcept;
/// The error of the first show() that failed since this was asked last.
[[nodiscard]] fairlead::result<void> all_shown();
/// Whether it failed because its reader has left: what is still to come may be left out.
[[nodiscard]] bool nobody_reads() noexcept;

/// Writes it to standard error, at once and in one piece. Whoever does not read that is missed by nobody; who
/// minds is told (an errno value, or 0).
int tell(std::string_view text) noexcept;

}  // namespace tool
