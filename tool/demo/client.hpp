// SPDX-License-Identifier: MIT
// The demo's clients: the same exchange, waiting in each of the library's three ways.
#pragma once

#include <fairlead/address.hpp>
#include <fairlead/loop.hpp>
#include <fairlead/options.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/tls.hpp>
#include <fairlead/udp.hpp>
#include <fairlead/unix.hpp>

#include "demo/exchange.hpp"

namespace tool::demo_parts {

/// Whom to talk to.
struct peer {
  fairlead::transport carrier = fairlead::transport::tcp;
  fairlead::endpoint server;
  fairlead::unix_address reply;  ///< where a Unix datagram client is answered
  /// Speaks TLS over it, and trusts that server's certificate only.
  std::optional<fairlead::tls_client> tls{};
};

/// .wait(): the thread sleeps in each operation. No loop takes part.
[[nodiscard]] fairlead::result<void> talk_blocking(const peer& to, exchange& x);
/// .now(): each call gives at once what it has; only when nothing moved, readiness is waited for.
[[nodiscard]] fairlead::result<void> talk_nonblocking(const peer& to, exchange& x);
/// co_await, on a loop.
[[nodiscard]] fairlead::result<void> talk_coroutine(const peer& to, exchange& x, fairlead::loop& on);

/// A datagram socket that sends to the peer and hears only it.
[[nodiscard]] fairlead::result<fairlead::udp_socket> open_udp(const peer& to);
[[nodiscard]] fairlead::result<fairlead::unix_datagram_socket> open_unix_datagram(const peer& to);

/// Small payloads go out at once: the kernel shall not wait for more (Nagle's algorithm).
template <class Socket>
[[nodiscard]] fairlead::result<void> tune(Socket& s) {
  if constexpr (std::is_same_v<Socket, fairlead::tcp_stream>) return s.set(fairlead::option::no_delay(true));
  return {};
}

}  // namespace tool::demo_parts
