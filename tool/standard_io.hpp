// SPDX-License-Identifier: MIT
// Our own standard input, output and error.
#pragma once

namespace tool {

/// Numbers 0 to 2 that are closed would be taken by the next sockets, and what is said on standard error
/// would go to a peer: /dev/null takes their places. Standard input then ends at once, and writing to
/// standard output is still an error. For the beginning of main().
void occupy_standard_streams() noexcept;

}  // namespace tool
