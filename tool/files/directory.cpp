// SPDX-License-Identifier: MIT
#include "files/directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "files/facts.hpp"
#include "text.hpp"

namespace tool::files {

using namespace fairlead;

namespace {

struct closes_directory {
  void operator()(DIR* d) const noexcept { ::closedir(d); }
};

}  // namespace

result<directory> directory::open(const std::string& path) {
  handle h(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!h.is_open()) return std::unexpected(failed(verb::open, path));
  return directory(std::move(h), path);
}

std::string directory::at(const std::string& name) const {
  return path_.ends_with('/') ? path_ + name : path_ + '/' + name;
}

result<handle> directory::open_here(const std::string& name, int flags) const {
  if (name.contains('/')) {
    return std::unexpected(error::about(errc::invalid_argument, verb::open, printable(at(name))));
  }
  handle h(::openat(handle_.get(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0600));
  if (h.is_open()) return h;
  if (errno == ELOOP) {
    return std::unexpected(error::about(errc::too_many_symbolic_link_levels, verb::open, printable(at(name)),
                                        "is a symbolic link, and none is followed"));
  }
  return std::unexpected(failed(verb::open, at(name)));
}

result<std::optional<facts>> directory::look(const std::string& name) const {
  struct stat s{};
  if (::fstatat(handle_.get(), name.c_str(), &s, AT_SYMLINK_NOFOLLOW) == 0) return facts_of(s);
  if (errno == ENOENT) return std::optional<facts>();
  return std::unexpected(failed(verb::open, at(name)));
}

result<directory> directory::enter(const std::string& name) const {
  auto h = open_here(name, O_RDONLY | O_DIRECTORY);
  if (h) return directory(std::move(*h), at(name));
  // With O_DIRECTORY a link is just no directory.
  if (h.error() == errc::not_a_directory) {
    const auto there = look(name);
    const bool link = there && *there && (*there)->kind == kind::link;
    return std::unexpected(h.error().reworded(verb::open, printable(at(name)),
                                              link ? "is a symbolic link, and none is followed" : ""));
  }
  return std::unexpected(h.error());
}

result<void> directory::make_directory(const std::string& name) {
  if (::mkdirat(handle_.get(), name.c_str(), 0700) == 0) return {};
  return std::unexpected(failed(verb::write, at(name), "making the directory"));
}

result<file> directory::open_for_reading(const std::string& name) const {
  auto h = open_here(name, O_RDONLY | O_NONBLOCK);
  if (!h) return std::unexpected(h.error());
  return file(std::move(*h), at(name));
}

result<file> directory::open_or_make(const std::string& name) {
  auto h = open_here(name, O_RDWR | O_CREAT | O_NONBLOCK);
  if (!h) return std::unexpected(h.error());
  return file(std::move(*h), at(name));
}

result<void> directory::rename(const std::string& from, const std::string& to) {
  if (::renameat(handle_.get(), from.c_str(), handle_.get(), to.c_str()) == 0) return {};
  return std::unexpected(failed(verb::write, at(to)));
}

result<void> directory::remove(const std::string& name) {
  if (::unlinkat(handle_.get(), name.c_str(), 0) == 0 || errno == ENOENT) return {};
  return std::unexpected(failed(verb::write, at(name), "removing it"));
}

result<std::vector<std::string>> directory::names(std::size_t most) const {
  // A descriptor of its own: it would go with the DIR, and so would the place in it.
  handle copy(::openat(handle_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!copy.is_open()) return std::unexpected(failed(verb::read, path_));
  const std::unique_ptr<DIR, closes_directory> d(::fdopendir(copy.get()));
  if (!d) return std::unexpected(failed(verb::read, path_));
  (void)copy.release();
  std::vector<std::string> found;
  for (;;) {
    errno = 0;
    const dirent* const e = ::readdir(d.get());
    if (e == nullptr && errno != 0) return std::unexpected(failed(verb::read, path_));
    if (e == nullptr) break;
    const std::string_view name = e->d_name;
    if (name == "." || name == "..") continue;
    if (found.size() == most) {
      return std::unexpected(error::about(fault::too_long, verb::read, printable(path_),
                                          "more than " + std::to_string(most) + " names"));
    }
    found.emplace_back(name);
  }
  std::ranges::sort(found);
  return found;
}

result<void> directory::set_mode(std::uint16_t mode) {
  if (::fchmod(handle_.get(), mode) == 0) return {};
  return std::unexpected(failed(verb::write, path_, "its permissions"));
}

result<void> directory::set_time(time changed) {
  const timespec times[2] = {{0, UTIME_OMIT}, {changed.seconds, static_cast<long>(changed.nanoseconds)}};
  if (::futimens(handle_.get(), times) == 0) return {};
  return std::unexpected(failed(verb::write, path_, "its time"));
}

result<void> directory::sync() const {
  // Some file systems cannot, and need not.
  if (::fsync(handle_.get()) == 0 || errno == EINVAL) return {};
  return std::unexpected(failed(verb::write, path_, "to the disk"));
}

result<void> directory::look_whether_writable() const {
  if (::faccessat(handle_.get(), ".", W_OK | X_OK, AT_EACCESS) == 0) return {};
  const int why = errno;
  struct stat s{};
  const bool ours = why == EACCES && ::fstat(handle_.get(), &s) == 0 && s.st_uid == ::geteuid();
  errno = why;
  if (ours) return {};
  return std::unexpected(failed(verb::write, path_));
}

result<std::uint64_t> directory::free_space() const {
  struct statvfs s{};
  if (::fstatvfs(handle_.get(), &s) != 0) return std::unexpected(failed(verb::read, path_));
  return static_cast<std::uint64_t>(s.f_bavail) * s.f_frsize;
}

}  // namespace tool::files
