// SPDX-License-Identifier: MIT
// A file that takes another one's place once it is whole, so that nobody ever sees half of it.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include <fairlead/error.hpp>

namespace tool::files {

/// Written beside its place, under a name of its own, and renamed at the end. A link stays, and what it leads
/// to is replaced. What is no regular file (a device, a FIFO), and what /dev and /proc lead to, is written as
/// it is. Errors name the place.
class replacement {
 public:
  [[nodiscard]] static fairlead::result<replacement> open(const std::string& path);
  replacement() = default;  ///< closed; to be assigned to
  replacement(replacement&& other) noexcept = default;
  replacement& operator=(replacement&& other) noexcept;
  /// What was not finished leaves no trace.
  ~replacement() { drop(); }

  [[nodiscard]] bool is_open() const noexcept { return file_ != nullptr; }
  [[nodiscard]] fairlead::result<void> write(std::string_view bytes);
  /// It is whole: now it is there.
  [[nodiscard]] fairlead::result<void> finish();
  void drop() noexcept;

 private:
  struct closer {
    void operator()(std::FILE* f) const noexcept { (void)std::fclose(f); }
  };
  std::unique_ptr<std::FILE, closer> file_;
  std::string named_;   // as the user did
  std::string place_;   // behind all links
  std::string beside_;  // empty: written in its place
};

}  // namespace tool::files
