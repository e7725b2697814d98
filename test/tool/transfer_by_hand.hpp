// SPDX-License-Identifier: MIT
// One end of a transfer that says, byte by byte, what a test wants it to say.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <fairlead/sha256.hpp>
#include <fairlead/unix.hpp>

#include "support/temp_dir.hpp"
#include "tool/transferring.hpp"
#include "transfer/format.hpp"

namespace tool_test {

using fairlead::sha256;
using fairlead::testing::soon;
using tool::transfer::any_message;
using tool::transfer::decoder;
using tool::transfer::digest;
using tool::transfer::entry;
using tool::transfer::entry_kind;
using tool::transfer::hello;
using tool::transfer::hello_size;
using tool::transfer::protocol_version;
namespace message = tool::transfer::message;

/// The sender or the receiver.
class by_hand {
 public:
  explicit by_hand(fairlead::unix_stream s) : stream_(std::move(s)) {}

  void say_hello(std::uint16_t version = protocol_version) {
    const auto h = hello(version);
    (void)stream_.send(h).within(soon).wait();
  }
  bool hear_hello() {
    std::array<std::byte, hello_size> h;
    return stream_.recv_exactly(h).within(soon).wait() && tool::transfer::parse_hello(h) == protocol_version;
  }
  void say(const any_message& m) {
    std::vector<std::byte> bytes;
    tool::transfer::append(bytes, m);
    (void)stream_.send(bytes).within(soon).wait();  // who has had enough of us does not listen
  }
  void say_file(const std::string& path, const std::string& content, std::optional<digest> hash = {}) {
    entry e;
    e.path = path;
    e.mode = 0644;
    e.size = e.stored = content.size();
    say(message::opened{e});
    if (!content.empty()) say(message::data{std::as_bytes(std::span(content))});
    say(message::closed{hash.value_or(sha256::of(content))});
  }
  void say_directory(const std::string& path, std::uint16_t mode = 0755) {
    entry e;
    e.kind = entry_kind::directory;
    e.path = path;
    e.mode = mode;
    say(message::opened{e});
  }
  /// The next message, but alive only if that is what we wait for; nothing at the end.
  std::optional<any_message> hear(bool life = false) {
    for (;;) {
      const auto f = decoder_.look(std::span(held_).subspan(begin_));
      if (!f) return std::nullopt;
      begin_ += f->consumed;
      if (f->what && (life || !std::holds_alternative<message::alive>(*f->what))) return f->what;
      if (f->what) continue;
      std::vector<std::byte> more(4096);
      const auto n = stream_.recv(more).within(soon).wait();
      if (!n || *n == 0) return std::nullopt;
      held_.insert(held_.end(), more.begin(), more.begin() + static_cast<std::ptrdiff_t>(*n));
    }
  }
  template <class Message>
  bool hears() {
    const auto m = hear();
    return m && std::holds_alternative<Message>(*m);
  }
  /// Whatever comes before; false at the end.
  template <class Message>
  bool hears_in_the_end() {
    while (const auto m = hear()) {
      if (std::holds_alternative<Message>(*m)) return true;
    }
    return false;
  }
  /// Why the other side gives up.
  std::string hears_why() {
    while (const auto m = hear()) {
      if (const auto* const g = std::get_if<message::given_up>(&*m)) return g->why;
    }
    return "nothing";
  }
  void finish() { (void)stream_.shutdown().wait(); }

 private:
  fairlead::unix_stream stream_;
  decoder decoder_;
  std::vector<std::byte> held_;
  std::size_t begin_ = 0;
};

/// A directory to receive into, and one beside it that nobody may touch.
class HostilePeer : public fairlead::testing::guarded<> {
 protected:
  void SetUp() override {
    for (const std::filesystem::path& d : {there_, outside_}) std::filesystem::create_directory(d);
    std::ofstream(outside_ / "file") << "mine";
  }
  [[nodiscard]] std::string address() const { return "unix:" + (dir_ / "s").string(); }

  fairlead::testing::temp_dir dir_;
  const std::filesystem::path there_ = dir_ / "there";
  const std::filesystem::path outside_ = dir_ / "outside";
};

}  // namespace tool_test
