// SPDX-License-Identifier: MIT
#include "sys/unix_path.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "sys/descriptor.hpp"
#include "sys/socket.hpp"

namespace fairlead::sys {

namespace {

using c_path = std::array<char, unix_address::max_size + 1>;

c_path terminated(std::string_view name) noexcept {
  c_path made{};
  std::memcpy(made.data(), name.data(), name.size());
  return made;
}

// ENOENT, ENOTSOCK, or the file as it is.
outcome look_at(const c_path& path, struct stat& file) noexcept {
  if (::lstat(path.data(), &file) != 0) return from_return(-1);
  return {S_ISSOCK(file.st_mode) ? 0 : ENOTSOCK, 0};
}

// A datagram socket disturbs nobody by connecting. The kernel looks for a socket behind the file first
// (ECONNREFUSED if there is none) and at its type afterwards (EPROTOTYPE): so only a refusal is proof that
// nobody is there, and it is proof whether they listen already or not.
bool is_abandoned(const unix_address& path) noexcept {
  const outcome probe = open_socket(family::unix_domain, transport::unix_datagram);
  if (!probe.ok()) return false;
  const outcome r = connect(static_cast<int>(probe.count), path);
  close(static_cast<int>(probe.count));
  return r.code == ECONNREFUSED;
}

}  // namespace

outcome remove_stale(const unix_address& path) noexcept {
  const c_path name = terminated(path.name());
  struct stat before{};
  struct stat after{};
  if (const outcome r = look_at(name, before); !r.ok()) return r.code == ENOENT ? outcome{} : r;
  if (!is_abandoned(path)) return {EADDRINUSE, 0};
  // It must be the file that was asked about.
  if (const outcome r = look_at(name, after); !r.ok()) return r.code == ENOENT ? outcome{} : r;
  if (before.st_ino != after.st_ino || before.st_dev != after.st_dev) return {EADDRINUSE, 0};
  return from_return(::unlink(name.data()));
}

outcome remove_socket(const unix_address& path) noexcept {
  const c_path name = terminated(path.name());
  struct stat file{};
  if (const outcome r = look_at(name, file); !r.ok()) return r.code == ENOENT ? outcome{} : r;
  const outcome r = from_return(::unlink(name.data()));
  return r.code == ENOENT ? outcome{} : r;
}

directory_lock::directory_lock(const unix_address& path_in_it) noexcept {
  const std::string_view path = path_in_it.name();
  const std::size_t slash = path.rfind('/');
  const std::string_view directory = slash == std::string_view::npos ? "." : path.substr(0, slash + 1);
  fd_ = ::open(terminated(directory).data(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd_ < 0) return;
  for (int tries = 0; tries < 100; ++tries) {
    if (::flock(fd_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
    (void)::poll(nullptr, 0, 1);
  }
}

directory_lock::~directory_lock() { close(fd_); }

}  // namespace fairlead::sys
