// SPDX-License-Identifier: MIT
#include <future>
#include <utility>

#include <fairlead/tcp.hpp>
#include <fairlead/udp.hpp>
#include <fairlead/unix.hpp>

#include "demo/client.hpp"

namespace tool::demo_parts {

namespace {

using fairlead::result;
using fairlead::transport;

template <class Operation>
auto bounded(Operation&& op, const exchange& x) {
  return std::forward<Operation>(op).until(x.limits().deadline).stop_on(x.limits().stop).wait();
}

template <class Stream>
result<std::size_t> round_trip(Stream& s, std::span<const std::byte> payload, exchange& x) {
  const auto send = [&] { return bounded(s.send(payload), x); };
  if (payload.size() <= fits_in_buffers) {
    if (const auto sent = send(); !sent) return sent;
    return bounded(recv_exactly(s, x.room()), x);
  }
  // A blocking client needs a second thread to read while it sends.
  auto sending = std::async(std::launch::async, send);
  auto received = bounded(recv_exactly(s, x.room()), x);
  if (!received) (void)s.close();  // or the sender would wait until its deadline
  const auto sent = sending.get();
  return received ? sent : received;
}

template <class Stream>
result<void> talk_over_stream(result<Stream> s, exchange& x) {
  if (!s) return std::unexpected(s.error());
  if (auto tuned = tune(*s); !tuned) return tuned;
  while (const auto payload = x.next()) {
    const auto n = round_trip(*s, *payload, x);
    if (!n) return std::unexpected(n.error());
    if (auto same = x.returned(*n); !same) return same;
  }
  return x.finish();
}

template <class Socket>
result<void> talk_in_messages(result<Socket> s, exchange& x) {
  if (!s) return std::unexpected(s.error());
  while (const auto payload = x.next()) {
    if (const auto sent = bounded(s->send(*payload), x); !sent) return std::unexpected(sent.error());
    const auto n = bounded(s->recv(x.room()), x);
    if (!n) return std::unexpected(n.error());
    if (auto same = x.returned(*n); !same) return same;
  }
  return x.finish();
}

result<void> talk_secured(const peer& to, exchange& x) {
  auto s = bounded(fairlead::tcp_stream::connect(to.server.ip()), x);
  if (!s) return std::unexpected(s.error());
  if (auto tuned = tune(*s); !tuned) return tuned;
  return talk_over_stream(bounded(to.tls->connect(std::move(*s), "localhost"), x), x);
}

}  // namespace

result<void> talk_blocking(const peer& to, exchange& x) {
  using namespace fairlead;
  switch (to.carrier) {
    case transport::tcp:
      if (to.tls) return talk_secured(to, x);
      return talk_over_stream(bounded(tcp_stream::connect(to.server.ip()), x), x);
    case transport::unix_stream:
      return talk_over_stream(bounded(unix_stream::connect(to.server.unix_socket()), x), x);
    case transport::unix_seqpacket:
      return talk_in_messages(bounded(unix_seqpacket_socket::connect(to.server.unix_socket()), x), x);
    case transport::udp: return talk_in_messages(open_udp(to), x);
    case transport::unix_datagram: return talk_in_messages(open_unix_datagram(to), x);
  }
  std::unreachable();
}

}  // namespace tool::demo_parts
