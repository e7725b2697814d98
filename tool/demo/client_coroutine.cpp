// SPDX-License-Identifier: MIT
#include <utility>

#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/udp.hpp>
#include <fairlead/unix.hpp>

#include "demo/client.hpp"

namespace tool::demo_parts {

namespace {

using fairlead::or_return;
using fairlead::result;
using fairlead::task;

template <class Stream>
task<result<void>> send_all(Stream& s, std::span<const std::byte> payload) {
  co_await or_return(s.send(payload));
  co_return {};
}

template <class Stream>
task<result<std::size_t>> round_trip(Stream& s, std::span<const std::byte> payload, exchange& x) {
  if (payload.size() <= fits_in_buffers) {
    co_await or_return(s.send(payload));
    co_return co_await recv_exactly(s, x.room());
  }
  fairlead::scope sending;
  sending.spawn(send_all(s, payload));
  const std::size_t n = co_await or_return(recv_exactly(s, x.room()));
  co_await or_return(co_await sending.join());
  co_return n;
}

template <class Stream>
task<result<void>> talk_over_stream(Stream s, exchange& x) {
  co_await or_return(tune(s));
  while (const auto payload = x.next()) {
    const std::size_t n = co_await or_return(round_trip(s, *payload, x));
    co_await or_return(x.returned(n));
  }
  co_return x.finish();
}

template <class Socket>
task<result<void>> talk_in_messages(Socket s, exchange& x) {
  while (const auto payload = x.next()) {
    co_await or_return(s.send(*payload));
    const std::size_t n = co_await or_return(s.recv(x.room()));
    co_await or_return(x.returned(n));
  }
  co_return x.finish();
}

task<result<void>> talk(const peer& to, exchange& x) {
  using namespace fairlead;
  switch (to.carrier) {
    case transport::tcp: {
      auto s = co_await or_return(tcp_stream::connect(to.server.ip()));
      if (to.tls) {
        co_await or_return(tune(s));
        auto secured = co_await or_return(to.tls->connect(std::move(s), "localhost"));
        co_return co_await talk_over_stream(std::move(secured), x);
      }
      co_return co_await talk_over_stream(std::move(s), x);
    }
    case transport::unix_stream: {
      auto s = co_await or_return(unix_stream::connect(to.server.unix_socket()));
      co_return co_await talk_over_stream(std::move(s), x);
    }
    case transport::unix_seqpacket: {
      auto s = co_await or_return(unix_seqpacket_socket::connect(to.server.unix_socket()));
      co_return co_await talk_in_messages(std::move(s), x);
    }
    case transport::udp: {
      auto s = co_await or_return(open_udp(to));
      co_return co_await talk_in_messages(std::move(s), x);
    }
    case transport::unix_datagram: {
      auto s = co_await or_return(open_unix_datagram(to));
      co_return co_await talk_in_messages(std::move(s), x);
    }
  }
  std::unreachable();
}

// One deadline and one stop token for all that the client does.
task<result<void>> talk_in_time(const peer& to, exchange& x) {
  co_return co_await talk(to, x).until(x.limits().deadline).stop_on(x.limits().stop);
}

}  // namespace

result<void> talk_coroutine(const peer& to, exchange& x, fairlead::loop& on) {
  return on.run(talk_in_time(to, x));
}

}  // namespace tool::demo_parts
