// SPDX-License-Identifier: MIT
// Writes a recording. Every record goes to the kernel at once and in one piece: so the end of this process,
// however sudden, loses nothing that had passed, and a torn record can only be the last one.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fairlead/clock.hpp>
#include <fairlead/error.hpp>

#include "recording/format.hpp"

namespace tool::recording {

class writer {
 public:
  /// Makes the file, which must not exist: a recording is evidence, and never written over. A pipe or a
  /// device may be there.
  [[nodiscard]] static fairlead::result<std::unique_ptr<writer>> create(const std::string& path);
  writer(const writer&) = delete;
  writer& operator=(const writer&) = delete;
  ~writer() = default;

  /// Gives it its number.
  [[nodiscard]] std::uint32_t open(opened o);
  void pass(std::uint32_t conversation, direction way, fairlead::const_buffer content);
  void end(std::uint32_t conversation, direction way, const fairlead::result<void>& how);
  /// The recording is whole. Fails if any of it could not be written; the file then holds all that came
  /// before.
  [[nodiscard]] fairlead::result<void> close();

  /// The first thing that could not be written: nothing was, afterwards.
  [[nodiscard]] const std::optional<fairlead::error>& failed() const noexcept { return failed_; }

 private:
  struct closer {
    void operator()(std::FILE* f) const noexcept { (void)std::fclose(f); }
  };
  writer(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}
  [[nodiscard]] fairlead::duration now() const noexcept { return fairlead::clock::now() - began_; }
  void write(const record& r);
  void flush();

  std::string path_;
  std::unique_ptr<std::FILE, closer> file_;
  std::vector<std::byte> buffer_;
  fairlead::time_point began_ = fairlead::clock::now();
  std::uint32_t conversations_ = 0;
  std::optional<fairlead::error> failed_;
};

}  // namespace tool::recording
