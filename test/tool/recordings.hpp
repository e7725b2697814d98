// SPDX-License-Identifier: MIT
// Recordings that tests make up, record by record.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "recording/format.hpp"

namespace tool_test {

/// The bytes of a recording that is made of these.
class made_up {
 public:
  made_up() {
    tool::recording::append_magic(bytes_);
    add(tool::recording::started{tool::recording::version, 1'700'000'000'000'000'000, "a test"});
  }
  made_up& add(const tool::recording::record& r) {
    ends_.push_back(bytes_.size());
    tool::recording::append(bytes_, r);
    return *this;
  }
  made_up& open(std::uint32_t number, bool messages = false, std::string first = "127.0.0.1:1000",
                std::string second = "127.0.0.1:2000") {
    tool::recording::opened o;
    o.conversation = number;
    o.at = now_;
    o.messages = messages;
    o.first = {"tcp://" + first, first};
    o.second = {"tcp://" + second, second};
    return add(o);
  }
  made_up& there(std::string_view content, std::uint32_t number = 1) {
    return add(tool::recording::passed{number, now_, tool::direction::there, content});
  }
  made_up& back(std::string_view content, std::uint32_t number = 1) {
    return add(tool::recording::passed{number, now_, tool::direction::back, content});
  }
  made_up& end(tool::direction way, tool::ending how = tool::ending::finished, std::uint32_t number = 1) {
    return add(tool::recording::ended{number, now_, way, how, {}});
  }
  made_up& finished() { return end(tool::direction::there).end(tool::direction::back).close(); }
  made_up& close() { return add(tool::recording::closed{now_}); }
  made_up& after(fairlead::duration d) {
    now_ += d;
    return *this;
  }

  [[nodiscard]] std::string text() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }
  /// Where each record begins.
  [[nodiscard]] const std::vector<std::size_t>& begins() const noexcept { return ends_; }

 private:
  std::vector<std::byte> bytes_;
  std::vector<std::size_t> ends_;
  fairlead::duration now_{};
};

}  // namespace tool_test
