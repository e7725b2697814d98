// SPDX-License-Identifier: MIT
#include "sys/descriptor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <ctime>

#include "sys/adopted.hpp"
#include "sys/retry.hpp"
#include "sys/signal.hpp"

namespace fairlead::sys {

namespace {

// mutable_buffer and const_buffer are laid out as iovec, so that arrays of them need no copy.
static_assert(sizeof(mutable_buffer) == sizeof(iovec) && sizeof(const_buffer) == sizeof(iovec));
static_assert(offsetof(mutable_buffer, size) == offsetof(iovec, iov_len));

int iov_count(std::size_t n) noexcept { return static_cast<int>(std::min<std::size_t>(n, IOV_MAX)); }

short events_of(readiness what) noexcept { return what == readiness::readable ? POLLIN : POLLOUT; }

}  // namespace

outcome read(int fd, mutable_buffers buffers) noexcept {
  const auto* v = reinterpret_cast<const iovec*>(buffers.data());
  const outcome r = from_return(retry([&] { return ::readv(fd, v, iov_count(buffers.size())); }));
  if (r.code == EIO && is_terminal_master(fd)) return {};  // the other side is closed: that is the end
  return r;
}

outcome write(int fd, const_buffers buffers) noexcept {
  const auto* v = reinterpret_cast<const iovec*>(buffers.data());
  const without_sigpipe quiet;
  return from_return(retry([&] { return ::writev(fd, v, iov_count(buffers.size())); }));
}

void close(int fd) noexcept {
  // Linux releases the number even when close is interrupted; trying again could close somebody else's.
  if (fd >= 0) ::close(fd);
}

outcome duplicate(int fd) noexcept { return from_return(::fcntl(fd, F_DUPFD_CLOEXEC, 0)); }

bool is_nonblocking(int fd) noexcept {
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && (flags & O_NONBLOCK) != 0;
}

outcome set_nonblocking(int fd, bool on) noexcept {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0) return from_return(flags);
  return from_return(::fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK));
}

outcome open_pipe(int (&ends)[2]) noexcept { return from_return(::pipe2(ends, O_CLOEXEC | O_NONBLOCK)); }

bool has_hung_up(int fd) noexcept {
  pollfd p{fd, POLLRDHUP, 0};
  return retry([&] { return ::poll(&p, 1, 0); }) > 0;
}

bool is_ready(int fd, readiness what) noexcept {
  pollfd p{fd, events_of(what), 0};
  return retry([&] { return ::poll(&p, 1, 0); }) > 0;
}

bool sleep_until_ready(int fd, readiness what, int waker, time_point deadline) noexcept {
  std::array<pollfd, 2> p{pollfd{fd, events_of(what), 0}, pollfd{waker, POLLIN, 0}};
  timespec left{};
  const timespec* timeout = nullptr;
  if (deadline != time_point::max()) {
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::max(duration::zero(), deadline - clock::now()));
    left.tv_sec = static_cast<time_t>(ns.count() / 1'000'000'000);
    left.tv_nsec = static_cast<long>(ns.count() % 1'000'000'000);
    timeout = &left;
  }
  return ::ppoll(p.data(), p.size(), timeout, nullptr) > 0 && p[1].revents != 0;
}

outcome open_event(bool nonblocking) noexcept {
  return from_return(::eventfd(0, EFD_CLOEXEC | (nonblocking ? EFD_NONBLOCK : 0)));
}

void add_event(int fd) noexcept {
  const std::uint64_t one = 1;
  // Only a full counter fails, and then the reader is about to wake anyway.
  (void)retry([&] { return ::write(fd, &one, sizeof one); });
}

void take_events(int fd) noexcept {
  std::uint64_t count = 0;
  (void)retry([&] { return ::read(fd, &count, sizeof count); });
}

}  // namespace fairlead::sys
