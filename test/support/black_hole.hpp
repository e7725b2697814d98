// SPDX-License-Identifier: MIT
// Addresses at which nothing ever answers, and ports at which nobody listens: on loopback, without
// privileges.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <fairlead/tcp.hpp>

namespace fairlead::testing {

/// A listener whose queue is full: it lets further connections wait, and wait (tcp(7), listen(2)).
class black_hole {
 public:
  explicit black_hole(ip_endpoint at) {
    using namespace std::chrono_literals;
    listener_ = tcp_socket::open(at.family()).value();
    listener_.bind(at).value();
    full_ = std::move(listener_).listen(0).value();
    for (;;) {
      auto c = tcp_stream::connect(where()).within(20ms).wait();
      if (!c) break;
      queued_.push_back(std::move(*c));
      if (queued_.size() > 100) ADD_FAILURE() << "its queue does not fill";
    }
  }
  [[nodiscard]] ip_endpoint where() const { return full_.local_endpoint().value().ip(); }

 private:
  tcp_socket listener_;
  tcp_listener full_;
  std::vector<tcp_stream> queued_;
};

/// A port that is taken, and refuses.
class refusing_port {
 public:
  explicit refusing_port(ip_address at) {
    taken_ = tcp_socket::open(at.family()).value();
    taken_.bind({at, port(0)}).value();
  }
  [[nodiscard]] ip_endpoint where() const { return taken_.local_endpoint().value().ip(); }

 private:
  tcp_socket taken_;
};

/// "[::1]:7: connection refused after 0.1 ms" without its figures.
inline std::string without_times(std::string said) {
  for (std::size_t at = said.find(" after "); at != std::string::npos; at = said.find(" after ", at + 1)) {
    const std::size_t end = std::min(said.find(';', at), said.size());
    said.erase(at, end - at);
  }
  return said;
}

}  // namespace fairlead::testing
