// SPDX-License-Identifier: MIT
// A directory that nobody else can enter, gone with its owner: for the demo's Unix sockets.
#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <fairlead/error.hpp>

namespace tool::demo_parts {

class private_directory {
 public:
  /// In $TMPDIR, or in /tmp where that is too long for the name of a Unix socket (107 bytes).
  [[nodiscard]] static fairlead::result<private_directory> make() {
    std::error_code missing;
    std::filesystem::path base = std::filesystem::temp_directory_path(missing);
    if (missing || base.native().size() > 60) base = "/tmp";
    std::string name = (base / "fairlead-demo-XXXXXX").native();
    if (::mkdtemp(name.data()) == nullptr) {
      return std::unexpected(
          fairlead::error::about(static_cast<fairlead::errc>(errno), fairlead::verb::open, name,
                                 "a directory for Unix sockets cannot be made; set TMPDIR"));
    }
    return private_directory(name);
  }
  private_directory(private_directory&& other) noexcept : path_(std::move(other.path_)) {
    other.path_.clear();
  }
  private_directory& operator=(private_directory&&) = delete;
  ~private_directory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  explicit private_directory(std::filesystem::path p) : path_(std::move(p)) {}
  std::filesystem::path path_;
};

}  // namespace tool::demo_parts
