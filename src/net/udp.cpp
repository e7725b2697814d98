// SPDX-License-Identifier: MIT
#include <fairlead/udp.hpp>

#include "loop/socket_state.hpp"
#include "net/wrap.hpp"

namespace fairlead {

result<udp_socket> udp_socket::open(family f) {
  detail::socket_ptr s;
  if (const int code = detail::open_socket(transport::udp, f, false, s); code != 0) {
    return std::unexpected(error::about(static_cast<errc>(code), verb::open, "udp"));
  }
  return udp_socket(std::move(s));
}

result<udp_socket> udp_socket::adopt(int descriptor) {
  return detail::wrap<udp_socket>(detail::adopt(descriptor, transport::udp, false));
}

result<std::pair<udp_socket, udp_socket>> udp_socket::pair() {
  const ip_endpoint any_port(ipv4_address::loopback(), fairlead::port(0));
  result<udp_socket> a = bind(any_port);
  result<udp_socket> b = bind(any_port);
  if (!a) return std::unexpected(std::move(a.error()));
  if (!b) return std::unexpected(std::move(b.error()));
  for (auto [from, to] : {std::pair(&*a, &*b), std::pair(&*b, &*a)}) {
    const result<endpoint> peer = to->local_endpoint();
    if (!peer) return std::unexpected(peer.error());
    if (result<void> r = from->connect(*peer); !r) return std::unexpected(std::move(r.error()));
  }
  return std::pair(std::move(*a), std::move(*b));
}

}  // namespace fairlead
