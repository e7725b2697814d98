// SPDX-License-Identifier: MIT
// What the sockets of this directory share.
#pragma once

#include <string>

#include <fairlead/socket.hpp>

namespace fairlead::detail {

/// The socket object around what was opened or adopted.
template <class Socket>
result<Socket> wrap(result<socket_ptr> s) {
  if (!s) return std::unexpected(std::move(s.error()));
  return Socket(std::move(*s));
}

/// What sentences call a socket: "tcp://192.0.2.1:80", or "a tcp socket" while it has no address.
[[nodiscard]] std::string spoken_name(socket_state& s);

}  // namespace fairlead::detail
