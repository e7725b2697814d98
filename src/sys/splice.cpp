// SPDX-License-Identifier: MIT
#include "sys/splice.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "sys/adopted.hpp"
#include "sys/descriptor.hpp"
#include "sys/retry.hpp"
#include "sys/signal.hpp"

namespace fairlead::sys {

namespace {

constexpr unsigned flags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;

}  // namespace

outcome open_pipe_of(std::size_t wanted, int (&ends)[2]) noexcept {
  if (const outcome r = open_pipe(ends); !r.ok()) return r;
  // EPERM: above /proc/sys/fs/pipe-max-size, or the user's pipes have too many pages by now (pipe(7)). Half
  // of it may still be granted.
  int size = ::fcntl(ends[1], F_GETPIPE_SZ);
  for (std::size_t bytes = std::min<std::size_t>(wanted, 1U << 30U);
       size >= 0 && static_cast<std::size_t>(size) < bytes; bytes /= 2) {
    const int granted = ::fcntl(ends[1], F_SETPIPE_SZ, static_cast<int>(bytes));
    if (granted < 0) continue;
    size = granted;
    break;
  }
  if (size >= 0) return {0, static_cast<std::size_t>(size)};
  const outcome failed = from_return(size);
  close(ends[0]);
  close(ends[1]);
  return failed;
}

outcome splice_in(int fd, int pipe, std::size_t most) noexcept {
  const outcome r = from_return(retry([&] { return ::splice(fd, nullptr, pipe, nullptr, most, flags); }));
  if (r.code == EIO && is_terminal_master(fd)) return {};  // the other side is closed, as in read()
  return r;
}

outcome splice_out(int pipe, int fd, std::size_t most) noexcept {
  without_sigpipe quiet;
  const outcome r = from_return(retry([&] { return ::splice(pipe, nullptr, fd, nullptr, most, flags); }));
  if (r.count == most) quiet.went_well();
  return r;
}

bool has_bytes(int fd) noexcept {
  char byte = 0;
  return retry([&] { return ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT); }) > 0;
}

}  // namespace fairlead::sys
