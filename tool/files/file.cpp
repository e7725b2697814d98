// SPDX-License-Identifier: MIT
#include "files/file.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "files/facts.hpp"
#include "text.hpp"

namespace tool::files {

using namespace fairlead;

facts facts_of(const struct stat& s) noexcept {
  facts f;
  f.kind = S_ISREG(s.st_mode)   ? kind::file
           : S_ISDIR(s.st_mode) ? kind::directory
           : S_ISLNK(s.st_mode) ? kind::link
                                : kind::other;
  f.mode = static_cast<std::uint16_t>(s.st_mode & 07777U);
  f.size = static_cast<std::uint64_t>(s.st_size);
  f.stored = static_cast<std::uint64_t>(s.st_blocks) * 512;
  f.changed = {s.st_mtim.tv_sec, static_cast<std::uint32_t>(s.st_mtim.tv_nsec)};
  f.device = s.st_dev;
  f.inode = s.st_ino;
  f.links = s.st_nlink;
  f.owner = s.st_uid;
  return f;
}

std::uint32_t our_user() noexcept { return ::geteuid(); }

error failed(verb v, const std::string& name, const char* doing) {
  const auto code = static_cast<errc>(errno);
  if (doing == nullptr) return error::about(code, v, printable(name));
  const error plain = error::about(code, v, printable(name));
  return error::about(code, v, printable(name), std::string(doing) + ": " + plain.reason());
}

handle::~handle() {
  if (fd_ >= 0) ::close(fd_);
}

result<facts> file::look() const {
  struct stat s{};
  if (::fstat(handle_.get(), &s) != 0) return std::unexpected(failed(verb::read, name_));
  return facts_of(s);
}

result<std::size_t> file::read_at(mutable_buffer into, std::uint64_t place) const {
  std::size_t done = 0;
  while (done < into.size) {
    const ssize_t n =
        ::pread(handle_.get(), into.data + done, into.size - done, static_cast<off_t>(place + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(failed(verb::read, name_));
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

result<void> file::write_at(const_buffer from, std::uint64_t place) {
  while (from.size > 0) {
    const ssize_t n = ::pwrite(handle_.get(), from.data, from.size, static_cast<off_t>(place));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(failed(verb::write, name_));
    from = from.after(static_cast<std::size_t>(n));
    place += static_cast<std::uint64_t>(n);
  }
  return {};
}

extent file::data_after(std::uint64_t place, std::uint64_t size) const {
  const off_t begin = ::lseek(handle_.get(), static_cast<off_t>(place), SEEK_DATA);
  if (begin < 0) {
    if (errno == ENXIO) return {size, size};
    return {place, size};
  }
  const off_t end = ::lseek(handle_.get(), begin, SEEK_HOLE);
  const auto first = std::min(static_cast<std::uint64_t>(begin), size);
  return {first, end <= begin ? size : std::min(static_cast<std::uint64_t>(end), size)};
}

result<void> file::set_size(std::uint64_t size) {
  if (::ftruncate(handle_.get(), static_cast<off_t>(size)) != 0)
    return std::unexpected(failed(verb::write, name_));
  return {};
}

result<void> file::set_mode(std::uint16_t mode) {
  if (::fchmod(handle_.get(), mode) != 0) {
    return std::unexpected(failed(verb::write, name_, "its permissions"));
  }
  return {};
}

result<void> file::set_time(time changed) {
  const timespec times[2] = {{0, UTIME_OMIT}, {changed.seconds, static_cast<long>(changed.nanoseconds)}};
  if (::futimens(handle_.get(), times) != 0) {
    return std::unexpected(failed(verb::write, name_, "its time"));
  }
  return {};
}

result<bool> file::try_lock() {
  if (::flock(handle_.get(), LOCK_EX | LOCK_NB) == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  return std::unexpected(failed(verb::open, name_, "a lock"));
}

void file::begin_sync(extent of) const noexcept {
  (void)::sync_file_range(handle_.get(), static_cast<off_t>(of.begin), static_cast<off_t>(of.end - of.begin),
                          SYNC_FILE_RANGE_WRITE);
}

result<void> file::sync() const {
  if (::fsync(handle_.get()) != 0) return std::unexpected(failed(verb::write, name_, "to the disk"));
  return {};
}

result<file> open_for_reading(const std::string& path, bool follow_links) {
  // Without O_NONBLOCK a FIFO that took the file's place would hold us for ever.
  const int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (follow_links ? 0 : O_NOFOLLOW);
  handle h(::open(path.c_str(), flags));
  if (!h.is_open()) return std::unexpected(failed(verb::open, path));
  return file(std::move(h), path);
}

result<facts> look(const std::string& path, bool follow_links) {
  struct stat s{};
  if (::fstatat(AT_FDCWD, path.c_str(), &s, follow_links ? 0 : AT_SYMLINK_NOFOLLOW) != 0) {
    return std::unexpected(failed(verb::open, path));
  }
  return facts_of(s);
}

bool is_terminal(const std::string& path) noexcept {
  // The other end of a FIFO would notice that it was opened.
  struct stat s{};
  if (::stat(path.c_str(), &s) != 0 || !S_ISCHR(s.st_mode)) return false;
  const handle opened(::open(path.c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  return opened.is_open() && ::isatty(opened.get()) == 1;
}

void survive_failed_writes() noexcept {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace tool::files
