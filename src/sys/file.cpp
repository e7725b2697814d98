// SPDX-License-Identifier: MIT
#include "sys/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace fairlead::sys {

file_stamp stamp_of(const std::string& path) noexcept {
  struct stat s{};
  if (::stat(path.c_str(), &s) != 0) return {};
  return {s.st_dev, s.st_ino, s.st_size, s.st_mtim.tv_sec, s.st_mtim.tv_nsec};
}

std::optional<std::string> read_file(const std::string& path, std::size_t limit) {
  // Not blocking: a pipe in the place of a file would hold up everything.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return std::nullopt;
  std::optional<std::string> text(std::in_place);
  for (;;) {
    char piece[4096];
    const ssize_t n = ::read(fd, piece, sizeof piece);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 || text->size() > limit) text.reset();
    if (n <= 0 || !text) break;
    text->append(piece, static_cast<std::size_t>(n));
  }
  ::close(fd);
  return text;
}

int open_private_log(const std::string& path) noexcept {
  return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, S_IRUSR | S_IWUSR);
}

}  // namespace fairlead::sys
