// SPDX-License-Identifier: MIT
#include "files/directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <memory>

#include "files/facts.hpp"
#include "text.hpp"

namespace tool::files {

using namespace fairlead;

namespace {

struct closes_directory {
  void operator()(DIR* d) const noexcept { ::closedir(d); }
};

// Whether we may do what is for the owner of a file alone (capabilities(7), CAP_FOWNER).
bool may_act_for_owners() noexcept {
  __user_cap_header_struct whose{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct held[_LINUX_CAPABILITY_U32S_3]{};
  if (::syscall(SYS_capget, &whose, held) != 0) return ::geteuid() == 0;
  return (held[CAP_TO_INDEX(CAP_FOWNER)].effective & CAP_TO_MASK(CAP_FOWNER)) != 0;
}

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

result<facts> directory::look() const {
  struct stat s{};
  if (::fstat(handle_.get(), &s) != 0) return std::unexpected(failed(verb::read, path_));
  return facts_of(s);
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

result<void> directory::open_up(const std::string& name) {
  // By a descriptor, for which nobody can put something else meanwhile; no permission is asked for this one.
  const auto h = open_here(name, O_PATH | O_DIRECTORY);
  if (!h) return std::unexpected(h.error());
  struct stat s{};
  bool done = ::fstat(h->get(), &s) == 0;
  if (done && s.st_uid != ::geteuid()) {
    errno = EPERM;
    done = false;
  }
  const std::string itself = "/proc/self/fd/" + std::to_string(h->get());
  done = done && ::chmod(itself.c_str(), (s.st_mode & 07777U) | 0700U) == 0;
  if (done) return {};
  return std::unexpected(failed(verb::write, at(name), "its permissions"));
}

result<file> directory::open_for_reading(const std::string& name) const {
  auto h = open_here(name, O_RDONLY | O_NONBLOCK);
  if (!h) return std::unexpected(h.error());
  return file(std::move(*h), at(name));
}

result<file> directory::open_for_writing(const std::string& name) {
  auto h = open_here(name, O_RDWR | O_NONBLOCK);
  if (!h) return std::unexpected(h.error());
  return file(std::move(*h), at(name));
}

result<file> directory::make_file(const std::string& name) {
  auto h = open_here(name, O_RDWR | O_CREAT | O_EXCL);
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
  return std::unexpected(failed(verb::write, path_));
}

result<void> directory::look_whether_writable_or_ours() const {
  auto writable = look_whether_writable();
  if (writable || !(writable.error() == errc::permission_denied)) return writable;
  const auto itself = look();
  return itself && itself->owner == our_user() ? result<void>() : writable;
}

result<void> directory::look_whether_replaceable(const std::string& name, const facts& there) const {
  if (there.owner == our_user()) return {};
  const auto itself = look();
  if (!itself) return std::unexpected(itself.error());
  // rename(2), EPERM.
  if ((itself->mode & 01000U) == 0 || itself->owner == our_user() || may_act_for_owners()) return {};
  return std::unexpected(
      error::about(errc::operation_not_permitted, verb::write, printable(at(name)),
                   "is somebody else's, and only its owner may replace it in this directory "
                   "(sticky bit); have it removed, or receive elsewhere"));
}

result<room> directory::free_room() const {
  struct statvfs s{};
  if (::fstatvfs(handle_.get(), &s) != 0) return std::unexpected(failed(verb::read, path_));
  room r;
  // Some file systems cannot tell the one, or do not count the other.
  r.bytes = s.f_blocks == 0 ? std::numeric_limits<std::uint64_t>::max()
                            : static_cast<std::uint64_t>(s.f_bavail) * s.f_frsize;
  if (s.f_files != 0) r.entries = s.f_favail;
  return r;
}

}  // namespace tool::files
