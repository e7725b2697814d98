// SPDX-License-Identifier: MIT
// Reads a recording as far as it is sound, and says where it is not.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fairlead/buffer.hpp>
#include <fairlead/error.hpp>

#include "recording/format.hpp"

namespace tool::recording {

/// Where a recording can no longer be read.
struct damage {
  std::uint64_t offset = 0;  ///< of the record, in bytes from the beginning of the file
  std::string why;           ///< "its checksum is wrong"
};

/// Bytes in, records out. Keeps no more than one record, and what was fed.
class scanner {
 public:
  void feed(fairlead::const_buffer b);
  /// No more will be fed: a record that is not whole is damage.
  void end();
  /// The next record; its content lives until the next call of anything. Nothing: more must be fed, or it is
  /// over.
  [[nodiscard]] std::optional<record> next();

  [[nodiscard]] bool over() const noexcept {
    return damaged_.has_value() || (ended_ && begun_ && left() == 0);
  }
  [[nodiscard]] const std::optional<damage>& damaged() const noexcept { return damaged_; }
  /// Whoever wrote it came to its end. What follows that is damage.
  [[nodiscard]] bool closed() const noexcept { return closed_; }
  /// How many conversations have begun.
  [[nodiscard]] std::uint32_t conversations() const noexcept { return conversations_; }

 private:
  [[nodiscard]] std::size_t left() const noexcept { return bytes_.size() - used_; }
  [[nodiscard]] std::optional<fairlead::const_buffer> body();
  [[nodiscard]] const char* objection(const record& r);
  void spoil(std::string why);
  bool take_magic();

  std::vector<std::byte> bytes_;
  std::size_t used_ = 0;
  std::uint64_t offset_ = 0;  // of bytes_[used_]
  std::uint64_t record_ = 0;  // of the record that was read last
  bool begun_ = false;        // the magic was there
  bool started_ = false;
  bool closed_ = false;
  bool ended_ = false;
  std::uint32_t conversations_ = 0;
  fairlead::duration last_{};
  std::optional<damage> damaged_;
};

/// A recording in a file.
class reader {
 public:
  [[nodiscard]] static fairlead::result<reader> open(const std::string& path);

  /// The next record, or nothing at the end; its content lives until the next call. A file that cannot be
  /// read any further is damaged there.
  [[nodiscard]] std::optional<record> next();
  [[nodiscard]] const scanner& state() const noexcept { return scanner_; }
  /// "FILE: damaged at byte 123: …, so all before it was read", or that it was not finished; empty if all is
  /// well. For the end.
  [[nodiscard]] std::string complaint() const;

 private:
  struct closer {
    void operator()(std::FILE* f) const noexcept { (void)std::fclose(f); }
  };
  reader(std::string path, std::FILE* file) : path_(std::move(path)), file_(file), room_(1U << 17U) {}
  std::string path_;
  std::unique_ptr<std::FILE, closer> file_;
  std::vector<std::byte> room_;
  scanner scanner_;
  std::string unreadable_;
};

}  // namespace tool::recording
