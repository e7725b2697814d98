// SPDX-License-Identifier: MIT
#include "sys/kernel_tls.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef TCP_ULP
#define TCP_ULP 31
#endif

namespace fairlead::sys {

bool kernel_tls_available() noexcept {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  auto* const address = reinterpret_cast<sockaddr*>(&where);
  // Over loopback connecting ends at once: the listener's backlog has room.
  const bool available = listener >= 0 && connection >= 0 && bind(listener, address, size) == 0 &&
                         listen(listener, 1) == 0 && getsockname(listener, address, &size) == 0 &&
                         connect(connection, address, size) == 0 &&
                         setsockopt(connection, IPPROTO_TCP, TCP_ULP, "tls", sizeof "tls") == 0;
  if (connection >= 0) close(connection);
  if (listener >= 0) close(listener);
  return available;
}

}  // namespace fairlead::sys
