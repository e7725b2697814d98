// SPDX-License-Identifier: MIT
// A directory by its descriptor. What is done in it is done to one name: no slash, and no link is ever
// followed, so that nobody who chooses the names gets out of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <fairlead/error.hpp>

#include "files/file.hpp"

namespace tool::files {

/// What may still be made on a file system.
struct room {
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> entries{};  ///< files and directories, where they are counted
};

class directory {
 public:
  directory() = default;

  /// What the user has named; links on the way are followed.
  [[nodiscard]] static fairlead::result<directory> open(const std::string& path);

  [[nodiscard]] bool is_open() const noexcept { return handle_.is_open(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// What it is itself.
  [[nodiscard]] fairlead::result<facts> look() const;
  /// What is there under a name; nothing if there is nothing.
  [[nodiscard]] fairlead::result<std::optional<facts>> look(const std::string& name) const;
  /// A directory in it; not_a_directory for anything else, links too.
  [[nodiscard]] fairlead::result<directory> enter(const std::string& name) const;
  /// Makes one for nobody but us.
  [[nodiscard]] fairlead::result<void> make_directory(const std::string& name);
  /// Lets us into one of ours whose permissions keep us out: its owner may do everything in it then.
  [[nodiscard]] fairlead::result<void> open_up(const std::string& name);
  [[nodiscard]] fairlead::result<file> open_for_reading(const std::string& name) const;
  /// For reading and writing.
  [[nodiscard]] fairlead::result<file> open_for_writing(const std::string& name);
  /// The same of one that is made for nobody but us; errc::file_exists if there is anything.
  [[nodiscard]] fairlead::result<file> make_file(const std::string& name);
  /// In one step, whatever was there under the new name.
  [[nodiscard]] fairlead::result<void> rename(const std::string& from, const std::string& to);
  [[nodiscard]] fairlead::result<void> remove(const std::string& name);
  /// The names in it, without "." and "..", sorted by their bytes; up to `most` of them.
  [[nodiscard]] fairlead::result<std::vector<std::string>> names(std::size_t most) const;

  [[nodiscard]] fairlead::result<void> set_mode(std::uint16_t mode);
  [[nodiscard]] fairlead::result<void> set_time(time changed);
  [[nodiscard]] fairlead::result<void> sync() const;
  /// Whether we may make and rename files in it.
  [[nodiscard]] fairlead::result<void> look_whether_writable() const;
  /// The same, or could give ourselves the permission.
  [[nodiscard]] fairlead::result<void> look_whether_writable_or_ours() const;
  /// Whether a file of ours may take the place of what is there, which others may forbid who can write here.
  [[nodiscard]] fairlead::result<void> look_whether_replaceable(const std::string& name,
                                                                const facts& there) const;
  /// On its file system.
  [[nodiscard]] fairlead::result<room> free_room() const;

  /// The path of something in it, for errors.
  [[nodiscard]] std::string at(const std::string& name) const;

 private:
  directory(handle h, std::string path) noexcept : handle_(std::move(h)), path_(std::move(path)) {}
  [[nodiscard]] fairlead::result<handle> open_here(const std::string& name, int flags) const;

  handle handle_;
  std::string path_;
};

}  // namespace tool::files
