// SPDX-License-Identifier: MIT
#include "sys/adopted.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "sys/descriptor.hpp"
#include "sys/retry.hpp"

namespace fairlead::sys {

namespace {

constexpr unsigned memory_devices = 1;  // null, zero, full, random (Documentation/admin-guide/devices.txt)
constexpr int first_free = 3;           // behind standard input, output and error

// Opening the master's name again would make another pair.
bool is_reopenable(int fd, const struct stat& s) noexcept {
  if (S_ISFIFO(s.st_mode)) return true;
  return S_ISCHR(s.st_mode) && s.st_rdev != makedev(5, 2) && ::isatty(fd) == 1;
}

}  // namespace

outcome check_access(int fd, access a) noexcept {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0) return from_return(flags);
  const int unwanted = a == access::reading ? O_WRONLY : O_RDONLY;
  return {(flags & O_ACCMODE) == unwanted ? EBADF : 0, 0};
}

bool is_always_ready(int fd) noexcept {
  struct stat s{};
  if (::fstat(fd, &s) != 0) return false;
  return S_ISREG(s.st_mode) || S_ISBLK(s.st_mode) || S_ISDIR(s.st_mode) ||
         (S_ISCHR(s.st_mode) && major(s.st_rdev) == memory_devices);
}

bool is_socket(int fd) noexcept {
  struct stat s{};
  return ::fstat(fd, &s) == 0 && S_ISSOCK(s.st_mode);
}

outcome duplicate_for(int fd, access a) noexcept {
  struct stat s{};
  if (::fstat(fd, &s) != 0) return from_return(-1);
  if (is_reopenable(fd, s)) {
    std::array<char, 32> path{};
    std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", fd);
    const int mode = (a == access::reading ? O_RDONLY : O_WRONLY) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    const int anew = ::open(path.data(), mode);
    if (anew >= first_free) return from_return(anew);
    if (anew >= 0) {
      const outcome above = from_return(::fcntl(anew, F_DUPFD_CLOEXEC, first_free));
      close(anew);
      return above;
    }
  }
  // Another user's terminal, or no /proc: the flags are shared then, and readiness is asked before each call.
  return from_return(::fcntl(fd, F_DUPFD_CLOEXEC, first_free));
}

void end_output(int fd) noexcept {
  struct stat s{};
  if (::fstat(fd, &s) != 0 || !(S_ISFIFO(s.st_mode) || S_ISSOCK(s.st_mode))) return;
  const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null < 0) return;
  (void)retry([&] { return ::dup2(null, fd); });
  if (null != fd) close(null);
}

bool is_terminal_master(int fd) noexcept {
  unsigned number = 0;
  return ::ioctl(fd, TIOCGPTN, &number) == 0;
}

outcome open_blocking_pipe(int (&ends)[2]) noexcept {
  if (::pipe2(ends, O_CLOEXEC) != 0) return from_return(-1);
  outcome moved;
  for (int& end : ends) {
    if (end >= first_free || !moved.ok()) continue;
    moved = from_return(::fcntl(end, F_DUPFD_CLOEXEC, first_free));
    if (!moved.ok()) continue;
    close(end);
    end = static_cast<int>(moved.count);
  }
  if (moved.ok()) return {};
  for (int& end : ends) {
    close(end);
    end = -1;
  }
  return {moved.code, 0};
}

outcome open_file(const char* path, access a, bool append) noexcept {
  // Without O_NONBLOCK a FIFO would keep us until somebody opens its other end.
  int mode = O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  mode |= a == access::reading ? O_RDONLY : O_WRONLY | O_CREAT | (append ? O_APPEND : O_TRUNC);
  return from_return(retry([&] { return ::open(path, mode, 0666); }));
}

}  // namespace fairlead::sys
