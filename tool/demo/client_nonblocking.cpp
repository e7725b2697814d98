// SPDX-License-Identifier: MIT
#include <utility>

#include <fairlead/tcp.hpp>
#include <fairlead/udp.hpp>
#include <fairlead/unix.hpp>

#include "demo/client.hpp"

namespace tool::demo_parts {

namespace {

using fairlead::errc;
using fairlead::result;

result<void> ready(fairlead::ready_operation op, const exchange& x) {
  return std::move(op).until(x.limits().deadline).stop_on(x.limits().stop).wait();
}

// The socket is opened first, because connecting takes more than one attempt: each says how far it is.
result<fairlead::tcp_stream> connect_tcp(const peer& to, const exchange& x) {
  auto socket = fairlead::tcp_socket::open(to.server.family());
  if (!socket) return std::unexpected(socket.error());
  for (;;) {
    auto connected = socket->connect(to.server.ip()).now();
    if (connected || !(connected.error() == errc::operation_would_block)) return connected;
    if (const auto r = ready(socket->writable(), x); !r) return std::unexpected(r.error());
  }
}

// As much as goes out and comes in now; then a wait for the echo of what is under way. It comes: when sending
// would block, the buffers are full of bytes that the server has yet to return.
template <class Stream>
result<std::size_t> round_trip(Stream& s, fairlead::const_buffer payload, exchange& x) {
  const fairlead::mutable_buffer room = x.room();
  std::size_t sent = 0;
  std::size_t received = 0;
  while (received < room.size) {
    bool moved = false;
    if (sent < payload.size) {
      const auto n = s.send_some(payload.after(sent)).now();
      if (!n && !(n.error() == errc::operation_would_block)) return n;
      if (n) sent += *n, moved = true;
    }
    const auto n = s.recv(room.after(received)).now();
    if (!n && !(n.error() == errc::operation_would_block)) return n;
    if (n && *n == 0) {
      return std::unexpected(
          fairlead::error(fairlead::fault::end_of_stream, fairlead::verb::recv).after(received));
    }
    if (n) received += *n, moved = true;
    if (moved) continue;
    if (const auto r = ready(s.readable(), x); !r) return std::unexpected(r.error());
  }
  return received;
}

template <class Socket>
result<std::size_t> message_round_trip(Socket& s, fairlead::const_buffer payload, exchange& x) {
  for (;;) {
    const auto n = s.send(payload).now();
    if (n) break;
    if (!(n.error() == errc::operation_would_block)) return n;
    if (const auto r = ready(s.writable(), x); !r) return std::unexpected(r.error());
  }
  for (;;) {
    auto n = s.recv(x.room()).now();
    if (n || !(n.error() == errc::operation_would_block)) return n;
    if (const auto r = ready(s.readable(), x); !r) return std::unexpected(r.error());
  }
}

template <class Socket, class RoundTrip>
result<void> talk(result<Socket> s, exchange& x, RoundTrip round_trip_over) {
  if (!s) return std::unexpected(s.error());
  if (auto tuned = tune(*s); !tuned) return tuned;
  while (const auto payload = x.next()) {
    const auto n = round_trip_over(*s, *payload, x);
    if (!n) return std::unexpected(n.error());
    if (auto same = x.returned(*n); !same) return same;
  }
  return x.finish();
}

}  // namespace

result<void> talk_nonblocking(const peer& to, exchange& x) {
  using namespace fairlead;
  // A Unix socket connects at once or not at all.
  switch (to.carrier) {
    case transport::tcp: return talk(connect_tcp(to, x), x, round_trip<tcp_stream>);
    case transport::unix_stream:
      return talk(unix_stream::connect(to.server.unix_socket()).now(), x, round_trip<unix_stream>);
    case transport::unix_seqpacket:
      return talk(unix_seqpacket_socket::connect(to.server.unix_socket()).now(), x,
                  message_round_trip<unix_seqpacket_socket>);
    case transport::udp: return talk(open_udp(to), x, message_round_trip<udp_socket>);
    case transport::unix_datagram:
      return talk(open_unix_datagram(to), x, message_round_trip<unix_datagram_socket>);
  }
  std::unreachable();
}

}  // namespace tool::demo_parts
