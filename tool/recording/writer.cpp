// SPDX-License-Identifier: MIT
#include "recording/writer.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>

#include <fairlead/version.hpp>

namespace tool::recording {

using namespace fairlead;

result<std::unique_ptr<writer>> writer::create(const std::string& path) {
  std::error_code ignored;
  const bool special = std::filesystem::exists(path, ignored) &&
                       !std::filesystem::is_regular_file(path, ignored) &&
                       !std::filesystem::is_directory(path, ignored);
  std::FILE* const file = std::fopen(path.c_str(), special ? "wbe" : "wbxe");
  if (file == nullptr) {
    const int why = errno;
    return std::unexpected(
        error::about(static_cast<errc>(why), verb::open, path,
                     why == EEXIST ? "exists already; recordings are not written over" : ""));
  }
  (void)std::setvbuf(file, nullptr, _IONBF, 0);
  std::unique_ptr<writer> made(new writer(path, file));
  append_magic(made->buffer_);
  started s;
  s.wall_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(
                  std::chrono::system_clock::now().time_since_epoch())
                  .count();
  s.program = "fairlead " FAIRLEAD_VERSION;
  append(made->buffer_, s);
  made->flush();
  if (!made->failed_) return made;
  // Nor shall a file be in the way of the next attempt that has nothing in it.
  if (!special) (void)std::remove(path.c_str());
  return std::unexpected(*made->failed_);
}

void writer::flush() {
  errno = 0;
  if (!failed_ && std::fwrite(buffer_.data(), 1, buffer_.size(), file_.get()) != buffer_.size())
    failed_ = error::about(static_cast<errc>(errno != 0 ? errno : EIO), verb::write, path_);
  buffer_.clear();
}

void writer::write(const record& r) {
  if (failed_) return;
  append(buffer_, r);
  flush();
}

std::uint32_t writer::open(opened o) {
  o.conversation = ++conversations_;
  o.at = now();
  write(o);
  return o.conversation;
}

void writer::pass(std::uint32_t conversation, direction way, const_buffer content) {
  // Only pieces of streams are ever so large, and they may be divided.
  do {
    const const_buffer piece = content.first(largest_content);
    write(passed{conversation, now(), way, piece});
    content = content.after(piece.size);
  } while (content.size > 0);
}

void writer::end(std::uint32_t conversation, direction way, const result<void>& how) {
  write(ended{conversation, now(), way, ending_of(how), how ? std::string() : how.error().message()});
}

result<void> writer::close() {
  // Nothing to keep: and whoever tries once more, with the right address, finds no file in the way.
  if (std::error_code ignored; conversations_ == 0 && std::filesystem::is_regular_file(path_, ignored)) {
    file_.reset();
    std::filesystem::remove(path_, ignored);
    return {};
  }
  write(recording::closed{now()});
  if (std::FILE* const file = file_.release(); std::fclose(file) != 0 && !failed_)
    failed_ = error::about(static_cast<errc>(errno), verb::close, path_);
  if (failed_) return std::unexpected(*failed_);
  return {};
}

}  // namespace tool::recording
