// SPDX-License-Identifier: MIT
// TCP over IPv4 and IPv6 (tcp(7)).
#pragma once

#include <utility>

#include <fairlead/socket.hpp>

namespace fairlead {

/// A connection. Sockets are non-blocking and close-on-exec from birth, and writing to a connection that the
/// peer has reset is an error, never SIGPIPE.
class FAIRLEAD_API tcp_stream : public stream_socket {
 public:
  static connect_operation<tcp_stream> connect(const ip_endpoint& peer) noexcept {
    return {transport::tcp, peer};
  }
  /// Two ends of one connection over loopback.
  [[nodiscard]] static result<std::pair<tcp_stream, tcp_stream>> pair();
  /// Takes a connected TCP descriptor over, with its flags as they are. On failure it stays the caller's.
  [[nodiscard]] static result<tcp_stream> adopt(int descriptor);

  tcp_stream() = default;  ///< closed; to be assigned to
  explicit tcp_stream(detail::socket_ptr s) noexcept : stream_socket(std::move(s)) {}
};

namespace detail {
template <>
struct splice_end<tcp_stream> : splice_socket {};
}  // namespace detail

/// Internal: turns Nagle's algorithm off, for layers that send small pieces in a row.
FAIRLEAD_API void send_at_once(tcp_stream& s);

constexpr int default_backlog =
    4096;  ///< connections that wait to be accepted; the kernel caps it at net.core.somaxconn

class FAIRLEAD_API tcp_listener : public basic_socket {
 public:
  /// Binds and listens; port 0 takes any free one, see local_endpoint(). SO_REUSEADDR is set, so that a
  /// server can be restarted while old connections linger. Options are set before binding:
  /// listen(where, option::reuse_port(true)). On [::], IPv4 is served too unless option::v6_only says
  /// otherwise.
  template <class... Options>
  [[nodiscard]] static result<tcp_listener> listen(const ip_endpoint& where, const Options&... options);

  /// A listening TCP descriptor, from socket activation say.
  [[nodiscard]] static result<tcp_listener> adopt(int descriptor);

  accept_operation<tcp_stream> accept() noexcept { return accept_operation<tcp_stream>(state()); }

  tcp_listener() = default;
  explicit tcp_listener(detail::socket_ptr s) noexcept : basic_socket(std::move(s)) {}
};

/// A TCP socket that is neither connected nor listening yet: for options and addresses that must come first.
class FAIRLEAD_API tcp_socket : public basic_socket {
 public:
  [[nodiscard]] static result<tcp_socket> open(family f);
  /// Multipath TCP (RFC 8684, Linux 5.6); errc::protocol_not_supported where the kernel has none. The peer
  /// may answer with plain TCP.
  [[nodiscard]] static result<tcp_socket> open_multipath(family f);

  result<void> bind(const ip_endpoint& where);
  [[nodiscard]] result<tcp_listener> listen(int backlog = default_backlog) &&;
  /// Turns this socket into the connection. While errc::operation_would_block comes from now(), ask again.
  connect_operation<tcp_stream> connect(const ip_endpoint& peer) noexcept { return {socket_, peer}; }

  tcp_socket() = default;
  explicit tcp_socket(detail::socket_ptr s) noexcept : basic_socket(std::move(s)) {}

 private:
  friend class tcp_listener;
  result<void> reuse_address();
};

template <class... Options>
result<tcp_listener> tcp_listener::listen(const ip_endpoint& where, const Options&... options) {
  result<tcp_socket> s = tcp_socket::open(where.family());
  if (!s) return std::unexpected(std::move(s.error()));
  result<void> done = s->reuse_address();
  ((done = done ? s->set(options) : std::move(done)), ...);
  if (done) done = s->bind(where);
  if (!done) return std::unexpected(std::move(done.error()));
  return std::move(*s).listen();
}

}  // namespace fairlead
