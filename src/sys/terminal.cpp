// SPDX-License-Identifier: MIT
#include "sys/terminal.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include "sys/retry.hpp"

namespace fairlead::sys {

outcome open_terminal_pair(terminal_path& path) noexcept {
  const outcome opened = from_return(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  if (!opened.ok()) return opened;
  const int fd = static_cast<int>(opened.count);
  int code = ::grantpt(fd) == 0 && ::unlockpt(fd) == 0 ? 0 : errno;
  if (code == 0) code = ::ptsname_r(fd, path, sizeof path);
  if (code == 0) return opened;
  ::close(fd);
  return {code, 0};
}

outcome get_terminal_size(int fd, std::uint16_t& columns, std::uint16_t& rows) noexcept {
  ::winsize size{};
  const outcome r = from_return(::ioctl(fd, TIOCGWINSZ, &size));
  if (r.ok()) columns = size.ws_col, rows = size.ws_row;
  return r;
}

outcome set_terminal_size(int fd, std::uint16_t columns, std::uint16_t rows) noexcept {
  ::winsize size{};
  size.ws_col = columns;
  size.ws_row = rows;
  return from_return(::ioctl(fd, TIOCSWINSZ, &size));
}

outcome make_raw(int fd, ::termios& before) noexcept {
  const outcome r = from_return(::tcgetattr(fd, &before));
  if (!r.ok()) return r;
  ::termios raw = before;
  ::cfmakeraw(&raw);
  return from_return(retry([&] { return ::tcsetattr(fd, TCSADRAIN, &raw); }));
}

outcome restore_terminal(int fd, const ::termios& before) noexcept {
  return from_return(retry([&] { return ::tcsetattr(fd, TCSADRAIN, &before); }));
}

}  // namespace fairlead::sys
