// SPDX-License-Identifier: MIT
// Addresses at which nothing ever answers, and ports at which nobody listens: on loopback, without
// privileges.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <fairlead/tcp.hpp>

#include "support/guard.hpp"

namespace fairlead::testing {

/// A listener whose queue is full: it lets further connections wait, and wait (tcp(7), listen(2)).
class black_hole {
 public:
  explicit black_hole(ip_endpoint at) {
    using namespace std::chrono_literals;
    listener_ = tcp_socket::open(at.family()).value();
    listener_.bind(at).value();
    full_ = std::move(listener_).listen(0).value();
    while (!is_full()) {
      // Time for what the kernel does on another processor. A connection that is dropped is tried again.
      auto c = tcp_stream::connect(where()).within(1s).wait();
      if (c) queued_.push_back(std::move(*c));
    }
  }
  [[nodiscard]] ip_endpoint where() const { return full_.local_endpoint().value().ip(); }
  /// Lets in whoever is in the queue or believes to be; from then on the next one finds a place.
  void make_room() {
    for (std::size_t i = 0; i < queued_.size(); ++i) (void)full_.accept().within(soon).wait().value();
  }

 private:
  // Of a listener these are the connections in its queue, and how many there may be (tcp_get_info, Linux).
  [[nodiscard]] bool is_full() const {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(full_.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
      throw std::runtime_error("TCP_INFO failed");
    return info.tcpi_unacked > info.tcpi_sacked;
  }

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
