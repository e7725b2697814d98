// SPDX-License-Identifier: MIT
// Files by descriptor, with what the standard library does not have: places, holes, locks, and what must be
// on the disk. This directory is the only one of the tool that includes the system's headers.
//
// Everything here blocks, as long as the disk does. Errors name the file as `name` says it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <fairlead/buffer.hpp>
#include <fairlead/error.hpp>

namespace tool::files {

enum class kind { file, directory, link, other };

struct time {
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;
  friend bool operator==(const time&, const time&) = default;
};

struct facts {
  files::kind kind = files::kind::other;
  std::uint16_t mode = 0;    ///< with set-user-ID, set-group-ID and the sticky bit
  std::uint64_t size = 0;    ///< bytes
  std::uint64_t stored = 0;  ///< bytes that it takes on the disk
  time changed;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t links = 0;
  std::uint32_t owner = 0;  ///< a user
};

/// Who we are where it matters whose a file is.
[[nodiscard]] std::uint32_t our_user() noexcept;

/// Owns a descriptor. Move only.
class handle {
 public:
  handle() = default;
  explicit handle(int fd) noexcept : fd_(fd) {}
  handle(handle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  handle& operator=(handle&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~handle();
  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }
  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

/// Data and the hole before it: [begin, end) of a file.
struct extent {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

class file {
 public:
  file() = default;
  file(handle h, std::string name) noexcept : handle_(std::move(h)), name_(std::move(name)) {}

  [[nodiscard]] bool is_open() const noexcept { return handle_.is_open(); }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  [[nodiscard]] fairlead::result<facts> look() const;
  /// Fewer bytes than the buffer holds only at the end.
  [[nodiscard]] fairlead::result<std::size_t> read_at(fairlead::mutable_buffer into,
                                                      std::uint64_t place) const;
  /// All of it, or an error: no_space_on_device, file_too_large, …
  [[nodiscard]] fairlead::result<void> write_at(fairlead::const_buffer from, std::uint64_t place);
  /// The first stretch of data at or after `place`, in a file of `size` bytes: at its end there is none.
  /// Where the file system cannot tell, everything is data.
  [[nodiscard]] extent data_after(std::uint64_t place, std::uint64_t size) const;
  /// Shortens it, or adds a hole.
  [[nodiscard]] fairlead::result<void> set_size(std::uint64_t size);
  [[nodiscard]] fairlead::result<void> set_mode(std::uint16_t mode);
  [[nodiscard]] fairlead::result<void> set_time(time changed);
  /// False if somebody else has it. Goes with the descriptor, however the process ends.
  [[nodiscard]] fairlead::result<bool> try_lock();
  /// Asks for what was written there to go to the disk, and does not wait: so that sync() need not wait long.
  void begin_sync(extent of) const noexcept;
  /// Until everything is on the disk.
  [[nodiscard]] fairlead::result<void> sync() const;

 private:
  handle handle_;
  std::string name_;
};

/// Opens what the user has named, following links. Not a FIFO's other end is waited for.
[[nodiscard]] fairlead::result<file> open_for_reading(const std::string& path, bool follow_links);
/// What is there under a path; of a link, the link.
[[nodiscard]] fairlead::result<facts> look(const std::string& path, bool follow_links);

/// Whether that is a terminal, which is read and written, as no other device is.
[[nodiscard]] bool is_terminal(const std::string& path) noexcept;

/// A write that nobody reads any more, or beyond the limit of RLIMIT_FSIZE, is an error from now on, and not
/// the end of the process.
void survive_failed_writes() noexcept;

/// "open NAME: no such file or directory", for the errno of now.
[[nodiscard]] fairlead::error failed(fairlead::verb v, const std::string& name, const char* doing = nullptr);

}  // namespace tool::files
