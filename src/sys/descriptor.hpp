// SPDX-License-Identifier: MIT
// System calls on any descriptor: reading, writing, readiness, closing. EINTR never gets out of here.
#pragma once

#include <optional>

#include <fairlead/buffer.hpp>
#include <fairlead/clock.hpp>

#include "sys/outcome.hpp"

namespace fairlead::sys {

/// 0 at the end, which for a terminal's first descriptor (pty(7)) is when its other side is closed.
outcome read(int fd, mutable_buffers buffers) noexcept;
/// EPIPE, and never SIGPIPE, when nobody reads any more.
outcome write(int fd, const_buffers buffers) noexcept;
void close(int fd) noexcept;
/// A copy of the descriptor, close-on-exec.
outcome duplicate(int fd) noexcept;
bool is_nonblocking(int fd) noexcept;
outcome set_nonblocking(int fd, bool on) noexcept;
/// Both ends non-blocking and close-on-exec. The reading end comes first.
outcome open_pipe(int (&ends)[2]) noexcept;

enum class readiness : unsigned char { readable, writable };

/// Whether `fd` is ready this moment. Errors and hang-ups count: the next call will tell them.
bool is_ready(int fd, readiness what) noexcept;

/// Whether the peer has finished sending (POLLRDHUP), whatever is still to be received.
bool has_hung_up(int fd) noexcept;

/// Sleeps until `fd` is ready, `waker` is readable, or the deadline. A negative fd means: none.
/// True if the waker was readable. Interruptions by signals return early.
bool sleep_until_ready(int fd, readiness what, int waker, time_point deadline) noexcept;

/// An event counter that any thread can add to (eventfd(2)).
outcome open_event(bool nonblocking) noexcept;
void add_event(int fd) noexcept;
void take_events(int fd) noexcept;

}  // namespace fairlead::sys
