// SPDX-License-Identifier: MIT
#include "demo/client.hpp"

namespace tool::demo_parts {

fairlead::result<fairlead::udp_socket> open_udp(const peer& to) {
  auto s = fairlead::udp_socket::open(to.server.family());
  if (!s) return s;
  if (const auto connected = s->connect(to.server); !connected) return std::unexpected(connected.error());
  return s;
}

fairlead::result<fairlead::unix_datagram_socket> open_unix_datagram(const peer& to) {
  (void)fairlead::remove(to.reply);  // the client before left it, as Unix sockets do
  auto s = fairlead::unix_datagram_socket::bind(to.reply);
  if (!s) return s;
  if (const auto connected = s->connect(to.server); !connected) return std::unexpected(connected.error());
  return s;
}

}  // namespace tool::demo_parts
