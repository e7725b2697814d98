// SPDX-License-Identifier: MIT
// Our own standard input, output and error.
#pragma once

#include <string_view>

namespace tool {

/// Numbers 0 to 2 that are closed would be taken by the next sockets, and what is said on standard error
/// would go to a peer: /dev/null takes their places. Standard input then ends at once, and writing to
/// standard output is still an error. For the beginning of main().
void occupy_standard_streams() noexcept;

/// Writes it to standard output, at once. What could not be written is told when we end, see
/// output_failure().
void show(std::string_view text) noexcept;
/// The errno value of the first show() that failed; 0: everything has gone out.
[[nodiscard]] int output_failure() noexcept;

}  // namespace tool
