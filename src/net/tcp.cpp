// SPDX-License-Identifier: MIT
#include <fairlead/options.hpp>
#include <fairlead/tcp.hpp>

#include <cerrno>

#include "loop/socket_state.hpp"
#include "net/wrap.hpp"
#include "sys/socket.hpp"

namespace fairlead {

namespace {

result<tcp_socket> opened(family f, bool multipath) {
  detail::socket_ptr s;
  int code = detail::open_socket(transport::tcp, f, multipath, s);
  if (code == 0) return tcp_socket(std::move(s));
  if (!multipath || code == EAFNOSUPPORT)
    return std::unexpected(error::about(static_cast<errc>(code), verb::open, "tcp"));
  // A kernel without it says EPROTONOSUPPORT, one in which it is turned off ENOPROTOOPT.
  if (code == ENOPROTOOPT) code = EPROTONOSUPPORT;
  return std::unexpected(
      error::about(static_cast<errc>(code), verb::open, "multipath tcp",
                   code == EPROTONOSUPPORT ? "this kernel has none, or net.mptcp.enabled is 0" : ""));
}

}  // namespace

result<tcp_socket> tcp_socket::open(family f) { return opened(f, false); }
result<tcp_socket> tcp_socket::open_multipath(family f) { return opened(f, true); }

result<void> tcp_socket::bind(const ip_endpoint& where) {
  if (!is_open()) return std::unexpected(detail::failed(EBADF, verb::bind, transport::tcp, where));
  return detail::bind(*state(), where);
}

result<void> tcp_socket::reuse_address() {
  if (const sys::outcome r = sys::reuse_address(state()->fd); !r.ok()) {
    return std::unexpected(detail::failed(r.code, verb::set_option, state()));
  }
  return {};
}

result<tcp_listener> tcp_socket::listen(int backlog) && {
  if (!is_open()) return std::unexpected(error(errc::bad_file_descriptor, verb::listen));
  if (result<void> r = detail::listen(*state(), backlog); !r) return std::unexpected(std::move(r.error()));
  return tcp_listener(std::move(socket_));
}

result<tcp_listener> tcp_listener::adopt(int descriptor) {
  return detail::wrap<tcp_listener>(detail::adopt(descriptor, transport::tcp, true));
}

result<tcp_stream> tcp_stream::adopt(int descriptor) {
  return detail::wrap<tcp_stream>(detail::adopt(descriptor, transport::tcp, false));
}

void send_at_once(tcp_stream& s) {
  const result<void> set = s.set(option::no_delay(true));
  (void)set;  // it works without, later
}

// The connection comes from ourselves if its source is the port we connected from: somebody else on the
// machine might have been faster.
result<std::pair<tcp_stream, tcp_stream>> tcp_stream::pair() {
  result<tcp_listener> listener = tcp_listener::listen({ipv4_address::loopback(), port(0)});
  if (!listener) return std::unexpected(std::move(listener.error()));
  result<endpoint> where = listener->local_endpoint();
  if (!where) return std::unexpected(std::move(where.error()));
  result<tcp_socket> s = tcp_socket::open(family::ipv4);
  if (!s) return std::unexpected(std::move(s.error()));
  // Loopback connects within the call; nothing here sleeps, so that a loop's thread may make pairs too.
  result<tcp_stream> mine = s->connect(where->ip()).now();
  while (!mine && mine.error() == errc::operation_would_block) mine = s->connect(where->ip()).now();
  if (!mine) return std::unexpected(std::move(mine.error()));
  const result<endpoint> me = mine->local_endpoint();
  for (;;) {
    result<tcp_stream> theirs = listener->accept().now();
    if (!theirs) {
      if (theirs.error() == errc::operation_would_block) continue;
      return std::unexpected(std::move(theirs.error()));
    }
    if (const result<endpoint> from = theirs->peer_endpoint(); from && me && *from == *me) {
      return std::pair(std::move(*mine), std::move(*theirs));
    }
  }
}

}  // namespace fairlead
