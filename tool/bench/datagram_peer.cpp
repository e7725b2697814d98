// SPDX-License-Identifier: MIT
#include "bench/datagram_peer.hpp"

#include <random>

#include <fairlead/or_return.hpp>
#include <fairlead/timer.hpp>

#include "evidence/dialling.hpp"

namespace tool::bench_parts {

using namespace fairlead;
using namespace std::chrono_literals;

namespace {

constexpr auto again = 100ms;  // after which what may have been lost is said once more

// The welcome to this hello, or nothing where it does not come.
template <class Socket>
task<result<std::optional<packet>>> await_welcome(Socket& s, std::uint64_t nonce) {
  const time_point limit = clock::now() + again;
  std::vector<std::byte> bytes(room_of(transport::unix_datagram));
  for (;;) {
    const result<std::size_t> n = co_await s.recv(bytes).until(limit);
    if (!n && n.error() == errc::timed_out) co_return std::nullopt;
    if (!n) co_return std::unexpected(n.error());
    const auto p = parse_packet(std::span(bytes).first(*n));
    if (p && p->kind == packet_kind::welcome && p->sequence == nonce) co_return p;
  }
}

template <class Socket>
task<result<void>> greet_over(Socket& s, datagram_peer& d, const plan& p) {
  std::random_device dice;
  const std::uint64_t nonce = static_cast<std::uint64_t>(dice()) << 32U | dice();
  const std::uint64_t rate = p.rate.value_or(0);
  datagram_hello asked;
  asked.what = p.greeting();
  // What the server sends is paced there: each of several sessions has its part, the first ones the odd ones.
  if (p.rate) asked.rate = std::max<std::uint64_t>(rate / p.count + (d.index < rate % p.count ? 1 : 0), 1);
  std::array<std::byte, packet_size> bytes;
  put_packet(bytes, to_packet(asked, nonce));
  const time_point limit = clock::now() + p.timeout;
  do {
    co_await or_return(s.send(bytes));
    const std::optional<packet> answer = co_await or_return(await_welcome(s, nonce));
    if (!answer) continue;
    if (answer->detail != 0) {
      report why;
      why.why = answer->detail <= static_cast<std::uint8_t>(refusal::full)
                    ? static_cast<refusal>(answer->detail)
                    : refusal::mode;
      why.version = static_cast<std::uint16_t>(answer->value);
      co_return std::unexpected(broken(d, errc::protocol_error, explain(why)));
    }
    d.session = answer->session;
    co_return {};
  } while (clock::now() < limit);
  co_return std::unexpected(
      broken(d, errc::timed_out, "no answer; is `fairlead bench --serve` running there?"));
}

}  // namespace

task<result<std::unique_ptr<datagram_peer>>> greet(const url& to, std::uint64_t index, const plan& p) {
  auto opening = open_link_for(p.proof, to, p.terms);
  auto made = std::make_unique<datagram_peer>(co_await or_return(std::move(opening)), index, p);
  datagram_peer& d = *made;
  co_await or_return(with_datagrams(d.server->socket(), [&](auto& s) { return greet_over(s, d, p); }));
  co_return made;
}

task<> take_leave(datagram_peer& d, run& r) {
  packet p;
  p.kind = packet_kind::end;
  p.session = d.session;
  p.value = d.issued;
  std::array<std::byte, packet_size> bytes;
  put_packet(bytes, p);
  const time_point limit = clock::now() + r.p.timeout;
  while (!d.told && !r.failed) {
    const result<void> sent = co_await d.server->send(bytes);
    // The last request may still be waiting for room in the server's queue.
    if (!sent && !(sent.error() == errc::device_or_resource_busy)) co_return r.fail_late(sent.error());
    const result<void> slept = co_await sleep_for(again).stop_on(d.heard.get_token());
    if (!slept && !d.told) co_return;
    if (!d.told && clock::now() >= limit) {
      co_return r.fail_late(broken(d, errc::timed_out, "the server's report did not come"));
    }
  }
}

}  // namespace tool::bench_parts
