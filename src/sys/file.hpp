// SPDX-License-Identifier: MIT
// Small files of the system's: whether they have changed, and what is in them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace fairlead::sys {

/// Differs when a file was written or replaced (stat(2)).
struct file_stamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = -1;  // no such file
  std::int64_t seconds = 0;
  std::int64_t nanoseconds = 0;
  friend bool operator==(const file_stamp&, const file_stamp&) = default;
};
[[nodiscard]] file_stamp stamp_of(const std::string& path) noexcept;

/// What is in it; nothing if it cannot be read, or is longer than `limit`.
[[nodiscard]] std::optional<std::string> read_file(const std::string& path, std::size_t limit);

/// A descriptor that appends to this file, which nobody but its owner may read if it is new; or -1 and errno.
[[nodiscard]] int open_private_log(const std::string& path) noexcept;

}  // namespace fairlead::sys
