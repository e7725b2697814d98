// SPDX-License-Identifier: MIT
// How far a transfer is: a line on a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <fairlead/clock.hpp>

#include "console.hpp"

namespace tool::transfer {

/// "photos/a.jpg  45 %  1.23 GB of 2.70 GB  312 MB/s  0:05 left", within so many columns: a long name loses
/// its beginning, and on a narrow screen the amounts are left out. Without a rate nothing is said of the time
/// that is left.
[[nodiscard]] std::string progress_line(std::string_view name, std::uint64_t done, std::uint64_t all,
                                        double bytes_per_second, std::size_t columns = 79);

/// Holes count nowhere: they take no time.
class meter {
 public:
  meter(const console& out, std::uint64_t all);
  ~meter();
  meter(const meter&) = delete;
  meter& operator=(const meter&) = delete;

  void begin(std::string name, std::uint64_t stored);
  void moved(std::uint64_t bytes);
  /// So much of the file need not be moved.
  void skip(std::uint64_t bytes);
  void end();
  /// Takes the line away.
  void clear();

  [[nodiscard]] std::uint64_t bytes() const noexcept { return moved_; }
  [[nodiscard]] fairlead::duration since() const { return fairlead::clock::now() - start_; }

 private:
  void show();

  const console& out_;
  bool visible_;
  std::string name_;
  std::uint64_t all_;
  std::uint64_t before_ = 0;  // in files that have ended
  std::uint64_t stored_ = 0;  // of this file
  std::uint64_t within_ = 0;
  std::uint64_t moved_ = 0;
  fairlead::time_point start_;
  fairlead::time_point shown_;
  std::uint64_t moved_then_ = 0;
  double rate_ = 0;
  bool drawn_ = false;
};

}  // namespace tool::transfer
