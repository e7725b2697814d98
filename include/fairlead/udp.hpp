// SPDX-License-Identifier: MIT
// UDP over IPv4 and IPv6 (udp(7)): datagrams that arrive whole or not at all.
#pragma once

#include <fairlead/socket.hpp>

namespace fairlead {

class FAIRLEAD_API udp_socket : public datagram_socket {
 public:
  /// Unbound: the kernel picks an address and port with the first datagram sent.
  [[nodiscard]] static result<udp_socket> open(family f);
  /// Options are set before binding: bind(where, option::reuse_port(true)).
  template <class... Options>
  [[nodiscard]] static result<udp_socket> bind(const ip_endpoint& where, const Options&... options);
  [[nodiscard]] static result<udp_socket> adopt(int descriptor);
  /// Two sockets on loopback that are connected to each other.
  [[nodiscard]] static result<std::pair<udp_socket, udp_socket>> pair();

  udp_socket() = default;
  explicit udp_socket(detail::socket_ptr s) noexcept : datagram_socket(std::move(s)) {}
};

template <class... Options>
result<udp_socket> udp_socket::bind(const ip_endpoint& where, const Options&... options) {
  result<udp_socket> s = open(where.family());
  if (!s) return s;
  result<void> done;
  ((done = done ? s->set(options) : std::move(done)), ...);
  if (done) done = detail::bind(*s->state(), where);
  if (!done) return std::unexpected(std::move(done.error()));
  return s;
}

}  // namespace fairlead
