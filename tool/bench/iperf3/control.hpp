// SPDX-License-Identifier: MIT
// The control connection: single bytes, and texts with their length before them.
#pragma once

#include <memory>
#include <string>

#include <fairlead/task.hpp>
#include <fairlead/tcp.hpp>

#include "bench/iperf3/message.hpp"
#include "wire/link.hpp"

namespace tool::bench_parts::iperf3 {

class control {
 public:
  /// Of a TCP connection; what is said on it goes at once.
  explicit control(std::unique_ptr<link> peer);

  [[nodiscard]] fairlead::task<fairlead::result<void>> say(state s);
  /// SERVER_ERROR and its two numbers.
  [[nodiscard]] fairlead::task<fairlead::result<void>> refuse(std::int32_t code);
  [[nodiscard]] fairlead::task<fairlead::result<void>> say(const std::string& text);

  /// The next byte. An error where the peer has finished, is busy, or says that it has failed.
  [[nodiscard]] fairlead::task<fairlead::result<state>> hear();
  /// The next byte, which must be this one.
  [[nodiscard]] fairlead::task<fairlead::result<void>> hear(state wanted);
  /// A text of at most so many bytes.
  [[nodiscard]] fairlead::task<fairlead::result<std::string>> hear_text(std::size_t most);
  /// Has said all; reads until the peer has finished, too, so that it reads our last words.
  [[nodiscard]] fairlead::task<fairlead::result<void>> part();

  [[nodiscard]] fairlead::tcp_stream& socket();
  [[nodiscard]] const std::string& peer() const noexcept { return peer_->peer; }
  /// "tcp://…: why".
  [[nodiscard]] fairlead::error broken(std::string why) const;

 private:
  std::unique_ptr<link> peer_;
};

}  // namespace tool::bench_parts::iperf3
