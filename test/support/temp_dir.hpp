// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <fairlead/address.hpp>

namespace fairlead::testing {

/// An empty directory with a short name (a Unix socket's path has room for 107 bytes), removed at the end.
class temp_dir {
 public:
  temp_dir();
  ~temp_dir();
  temp_dir(const temp_dir&) = delete;
  temp_dir& operator=(const temp_dir&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  /// The address of a Unix socket in it.
  [[nodiscard]] unix_address socket(std::string_view name) const;
  /// Writes a file and gives its path.
  std::string write(std::string_view name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

}  // namespace fairlead::testing
