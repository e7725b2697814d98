// SPDX-License-Identifier: MIT
// Small makers of sockets for tests.
#pragma once

#include <unistd.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include <fairlead/tcp.hpp>
#include <fairlead/udp.hpp>
#include <fairlead/unix.hpp>

namespace fairlead::testing {

inline const std::array<ip_address, 2> loopbacks = {ip_address(ipv4_address::loopback()),
                                                    ip_address(ipv6_address::loopback())};

inline ip_endpoint any_port(const ip_address& here) { return {here, port(0)}; }

inline tcp_listener listen_on(const ip_address& here) { return tcp_listener::listen(any_port(here)).value(); }

inline ip_endpoint address_of(const basic_socket& s) { return s.local_endpoint().value().ip(); }

/// A port that is taken, and at which nobody listens as long as the socket lives.
class silent_port {
 public:
  explicit silent_port(const ip_address& here) : socket_(tcp_socket::open(here.family()).value()) {
    socket_.bind(any_port(here)).value();
  }
  [[nodiscard]] ip_endpoint address() const { return address_of(socket_); }

 private:
  tcp_socket socket_;
};

inline std::string_view text(const std::array<char, 64>& buffer, std::size_t n) { return {buffer.data(), n}; }

}  // namespace fairlead::testing
