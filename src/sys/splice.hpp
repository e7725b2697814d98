// SPDX-License-Identifier: MIT
// Moving bytes between a descriptor and a pipe without copying them (splice(2)).
#pragma once

#include <cstddef>

#include "sys/outcome.hpp"

namespace fairlead::sys {

/// A pipe for `wanted` bytes, or for as many as this user may have; ends[0] is the reading one. Its size.
outcome open_pipe_of(std::size_t wanted, int (&ends)[2]) noexcept;

/// From `fd` into the pipe. EAGAIN: `fd` has nothing, or the pipe no room. EINVAL: this cannot be spliced.
outcome splice_in(int fd, int pipe, std::size_t most) noexcept;
/// The other way. EPIPE, and never SIGPIPE, when nobody reads any more.
outcome splice_out(int pipe, int fd, std::size_t most) noexcept;

/// Whether a receive from the socket `fd` would give a byte.
bool has_bytes(int fd) noexcept;

}  // namespace fairlead::sys
