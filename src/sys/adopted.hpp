// SPDX-License-Identifier: MIT
// Descriptors that somebody else opened: what is behind them, and a descriptor of our own for the same thing.
#pragma once

#include "sys/outcome.hpp"

namespace fairlead::sys {

enum class access : unsigned char { reading, writing };

/// 0 if `fd` is open for that, else EBADF.
outcome check_access(int fd, access a) noexcept;

/// Regular files, block devices and those of mem(4): calls on them never wait for anybody, and some of them
/// cannot be polled at all.
bool is_always_ready(int fd) noexcept;

bool is_socket(int fd) noexcept;

/// Another descriptor for what `fd` stands for. Pipes and terminals are opened anew, without blocking, where
/// that is permitted: the flags of `fd` belong to every process that shares it, and stay as they are.
outcome duplicate_for(int fd, access a) noexcept;

/// Whoever reads what was written to `fd` gets its end, while the number stays taken: were it free, the next
/// file opened would receive what the program prints. Terminals, files and devices are left alone: nobody
/// waits for an end there.
void end_output(int fd) noexcept;

/// The first descriptor of a terminal pair (pty(7)). Reading it says EIO once the other side is closed.
bool is_terminal_master(int fd) noexcept;

/// Both ends close-on-exec and blocking, with numbers above those of the standard streams.
outcome open_blocking_pipe(int (&ends)[2]) noexcept;

outcome open_file(const char* path, access a, bool append) noexcept;

}  // namespace fairlead::sys
