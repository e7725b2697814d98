// SPDX-License-Identifier: MIT
#include <filesystem>

#include <fairlead/condition.hpp>
#include <fairlead/descriptor.hpp>
#include <fairlead/or_return.hpp>

#include "files/file.hpp"
#include "wire/local_link.hpp"

namespace tool {

namespace {

using namespace fairlead;

class file_link final : public link {
 public:
  file_link(descriptor_stream s, std::string name) : stream_(std::move(s)) { peer = std::move(name); }

  task<result<arrival>> recv(mutable_buffer into) override {
    arrival a;
    // What is written only has its end when everything is: a client that saw it earlier would take its bytes
    // for written.
    while (!stream_.reader().is_open() && !finished_) co_await or_return(written_.notified());
    if (stream_.reader().is_open()) a.size = co_await or_return(stream_.recv(into));
    a.end = a.size == 0;
    co_return a;
  }
  task<result<void>> send(const_buffer from) override {
    if (from.size == 0) co_return {};
    if (!stream_.writer().is_open()) {
      co_return std::unexpected(
          error::about(errc::bad_file_descriptor, verb::send, peer,
                       "it is read here and takes nothing; give it as TO for what shall be written"));
    }
    co_await or_return(stream_.send(from));
    co_return {};
  }
  task<result<void>> finish() override {
    finished_ = true;
    written_.notify_all();
    if (!stream_.writer().is_open()) co_return {};
    co_await or_return(stream_.shutdown());
    co_return {};
  }
  bool has_end() const noexcept override { return true; }
  std::size_t piece() const noexcept override { return piece_of(transport::tcp); }
  std::size_t room() const noexcept override { return room_of(transport::tcp); }
  any_socket socket() noexcept override { return &stream_; }
  void abort() noexcept override {}

 private:
  descriptor_stream stream_;
  bool finished_ = false;
  condition written_;  // everything, or as much as can be
};

}  // namespace

result<std::unique_ptr<link>> make_file_link(const url& at, file_use use) {
  if (auto known = at.allow_only({"append"}); !known) return std::unexpected(known.error());
  const auto append = at.flag("append");
  if (!append) return std::unexpected(append.error());
  const bool both = files::is_terminal(at.path());
  descriptor_reader in;
  descriptor_writer out;
  if (both || use == file_use::read) {
    auto opened = descriptor_reader::open(at.path());
    if (!opened) return std::unexpected(opened.error());
    in = std::move(*opened);
  }
  if (both || use == file_use::write) {
    auto opened =
        descriptor_writer::open(at.path(), append->value_or(false) ? file_mode::append : file_mode::truncate);
    if (!opened) return std::unexpected(opened.error());
    out = std::move(*opened);
  }
  return std::make_unique<file_link>(descriptor_stream(std::move(in), std::move(out)),
                                     at.without_options().to_string());
}

bool is_written_anew(const url& file) {
  const auto append = file.flag("append");
  if (append && append->value_or(false)) return false;
  std::error_code ignored;
  return !std::filesystem::exists(file.path(), ignored) ||
         std::filesystem::is_regular_file(file.path(), ignored);
}

result<void> look_at_file(const url& at, file_use use) {
  namespace fs = std::filesystem;
  std::error_code failed;
  const fs::path path = at.path();
  const fs::file_type is = fs::status(path, failed).type();
  // The other end of a FIFO would notice, and a device may.
  if (is != fs::file_type::regular && is != fs::file_type::directory && is != fs::file_type::not_found)
    return {};
  if (use == file_use::read && is == fs::file_type::directory)
    return std::unexpected(error::about(errc::is_a_directory, verb::open, at.path()));
  if (use == file_use::read) {
    const auto opened = descriptor_reader::open(at.path());
    return opened ? result<void>() : std::unexpected(opened.error());
  }
  const bool can_be_made =
      is == fs::file_type::not_found && fs::is_directory(fs::absolute(path).parent_path(), failed);
  if (can_be_made) return {};
  const auto opened = descriptor_writer::open(at.path(), file_mode::append);
  return opened ? result<void>() : std::unexpected(opened.error());
}

}  // namespace tool
