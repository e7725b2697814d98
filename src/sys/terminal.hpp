// SPDX-License-Identifier: MIT
// Terminals, and pairs of them (pty(7)).
#pragma once

#include <termios.h>

#include <cstdint>

#include "sys/outcome.hpp"

namespace fairlead::sys {

/// Room for the path of a terminal: "/dev/pts/123".
using terminal_path = char[64];

/// The first descriptor of a new pair, close-on-exec and non-blocking, in `count`; `path` is what the other
/// side is opened by.
outcome open_terminal_pair(terminal_path& path) noexcept;

outcome get_terminal_size(int fd, std::uint16_t& columns, std::uint16_t& rows) noexcept;
/// Whoever runs on it is sent SIGWINCH if it is another size.
outcome set_terminal_size(int fd, std::uint16_t columns, std::uint16_t rows) noexcept;

/// Raw mode, as cfmakeraw() has it; what it was before goes to `before`.
outcome make_raw(int fd, ::termios& before) noexcept;
outcome restore_terminal(int fd, const ::termios& before) noexcept;

}  // namespace fairlead::sys
