// SPDX-License-Identifier: MIT
#include "bench/datagram_client.hpp"

#include <algorithm>

#include <fairlead/loop.hpp>
#include <fairlead/options.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/timer.hpp>

#include "bench/batch.hpp"
#include "bench/datagram_peer.hpp"
#include "bench/progress.hpp"

namespace tool::bench_parts {

namespace {

using namespace fairlead;
using namespace std::chrono_literals;

using peers = std::vector<std::unique_ptr<datagram_peer>>;

constexpr auto alive_every = 200ms;  // a server that sends in bulk stops after 2 s without
constexpr auto lost_after = 1s;      // a request whose answer has not come by then

packet number(const datagram_peer& d, packet_kind kind) {
  packet p;
  p.kind = kind;
  p.session = d.session;
  p.sequence = d.issued;
  p.stamp = stamp_now();
  return p;
}

// When the next one of a fixed rate is due.
time_point next_due(const datagram_peer& d, const run& r) {
  return r.begin_issuing + due_after(d.index + d.issued * r.p.count, *r.p.rate);
}

// How many of a session's numbers are among the first `all`.
std::uint64_t share_of(const datagram_peer& d, std::uint64_t all, const run& r) {
  return all > d.index ? (all - d.index + r.p.count - 1) / r.p.count : 0;
}

// How many are due by now: those that are late go together.
std::uint64_t due_now(const datagram_peer& d, const run& r) {
  const time_point now = std::min(clock::now() + duration(1), r.last_due);
  const std::uint64_t all = share_of(d, due_within(now - r.begin_issuing, *r.p.rate), r);
  return all - std::min(all, d.issued);
}

// Requests or bulk: at the fixed rate, or one after the other without waiting for anything.
template <class Socket>
task<> issue(Socket& s, datagram_peer& d, run& r, packet_kind kind) {
  volley shots(r.p.size);
  for (;;) {
    std::uint64_t many = shots.room();
    if (r.p.rate) {
      const time_point due = next_due(d, r);
      if (due >= r.last_due) co_return;
      if (due > clock::now()) {
        const result<void> slept = co_await sleep_until(due);
        if (!slept) co_return;
      }
      many = std::clamp<std::uint64_t>(due_now(d, r), 1, many);
    }
    packet p = number(d, kind);
    for (std::size_t i = 0; i < many; ++i, ++p.sequence) put_packet(shots.at(i), p);
    for (const_buffers left = shots.first(many); !left.empty();) {
      const result<std::size_t> n = co_await send_front(s, left);
      if (!n) co_return r.fail(n.error());
      left = left.subspan(*n);
      d.issued += *n;
      r.now.sent_messages += *n;
      r.now.sent += *n * r.p.size;
    }
    co_await yield();  // a socket that always takes more must not keep us from receiving
  }
}

// What came from the server. True once it is the report, which is the last.
bool take(datagram_peer& d, run& r, std::span<const std::byte> bytes, time_point at) {
  const auto p = parse_packet(bytes);
  if (!p || p->session != d.session) return false;
  if (p->kind == packet_kind::report) {
    d.told = parse_datagram_report(bytes);
    return d.told.has_value();
  }
  if (p->kind != packet_kind::answer && p->kind != packet_kind::data) return false;
  const std::uint64_t before = d.in.distinct();
  ++d.received;
  d.in.take(p->sequence);
  r.now.received += bytes.size();
  if (p->kind == packet_kind::data) {
    ++r.now.done;
  } else if (d.in.distinct() != before && p->sequence < d.issued && r.p.rate) {
    r.complete(r.begin_issuing + due_after(d.index + p->sequence * r.p.count, *r.p.rate), at);
  }
  return false;
}

// What the server sends, to its report.
template <class Socket>
task<> collect(Socket& s, datagram_peer& d, run& r) {
  inbox<Socket> came;
  for (;;) {
    const auto n = co_await came.receive(s);
    if (!n) co_return r.fail_late(n.error());
    const time_point at = clock::now();
    const auto& every = came.all(*n);
    for (const datagram_view& each : every) {
      if (!take(d, r, each.bytes, at)) continue;
      d.heard.request_stop();
      co_return;
    }
  }
}

// One after the other. An answer that does not come is lost, and the next request goes.
template <class Socket>
task<> ask(Socket& s, datagram_peer& d, run& r) {
  std::vector<std::byte> bytes(r.p.size);
  std::vector<std::byte> answer(largest_datagram);
  while (!r.over && !r.failed) {
    put_packet(bytes, number(d, packet_kind::request));
    const time_point due = clock::now();
    const result<std::size_t> sent = co_await s.send(bytes);
    if (!sent) co_return r.fail_late(sent.error());
    r.now.sent += *sent;
    const std::uint64_t wanted = d.issued++;
    for (;;) {
      const result<std::size_t> n = co_await s.recv(answer).until(due + lost_after);
      if (!n && n.error() == errc::timed_out) break;
      if (!n) co_return r.fail_late(n.error());
      const auto p = parse_packet(std::span(answer).first(*n));
      if (!p || p->kind != packet_kind::answer || p->session != d.session || p->sequence != wanted) continue;
      d.in.take(wanted);
      r.now.received += *n;
      r.complete(due, clock::now());
      break;
    }
  }
  if (!r.failed) co_await collect(s, d, r);
}

task<> stay_alive(datagram_peer& d, run& r) {
  std::array<std::byte, packet_size> bytes;
  put_packet(bytes, number(d, packet_kind::alive));
  for (;;) {
    if (const result<void> sent = co_await d.server->send(bytes); !sent) co_return r.fail(sent.error());
    const result<void> slept = co_await sleep_for(alive_every);
    if (!slept) co_return;
  }
}

std::uint32_t dropped(datagram_peer& d) {
  return with_datagrams(d.server->socket(), [](auto& s) {
    const auto n = s.template get<option::dropped>();
    return n ? n->count() : 0U;
  });
}

void start(datagram_peer& d, run& r, scope& receiving, scope& sending) {
  with_datagrams(d.server->socket(), [&](auto& s) {
    const bool requests = r.p.what == mode::requests;
    receiving.spawn(requests && !r.p.rate ? ask(s, d, r) : collect(s, d, r));
    if (requests && r.p.rate) sending.spawn(issue(s, d, r, packet_kind::request));
    if ((r.p.directions & there) != 0) sending.spawn(issue(s, d, r, packet_kind::data));
    if (r.p.directions == back) sending.spawn(stay_alive(d, r));
  });
}

// Answers that are on their way may still come.
task<> await_answers(const peers& all, const run& r) {
  const time_point limit = clock::now() + lost_after;
  const auto owed = [&] {
    return std::ranges::any_of(all, [](const auto& d) { return d->in.distinct() < d->issued; });
  };
  while (owed() && !r.failed && clock::now() < limit) {
    const result<void> slept = co_await sleep_for(1ms);
    if (!slept) co_return;
  }
}

losses lost_between(std::uint64_t sent, std::uint64_t received, std::uint64_t duplicates) {
  losses l;
  l.sent = sent;
  l.received = received;
  l.duplicates = duplicates;
  const std::uint64_t distinct = received - std::min(received, duplicates);
  l.lost = sent - std::min(sent, distinct);
  return l;
}

void settle(datagram_peer& d, run& r) {
  if (r.p.what == mode::requests) {
    r.unanswered += d.issued - std::min(d.issued, d.in.distinct());
    if (!r.p.rate) return;
    const std::uint64_t due = due_within(r.last_due - r.begin_issuing, *r.p.rate);
    const std::uint64_t ours = share_of(d, due, r);
    r.unsent += ours - std::min(ours, d.issued);
    return;
  }
  if (!d.told) return;  // what got lost only the server knows, and the error says that it did not tell
  if ((r.p.directions & there) != 0) {
    losses l = lost_between(d.issued, d.told->received, d.told->duplicates);
    l.reordered = d.told->reordered, l.too_late = d.told->too_late, l.dropped = d.told->dropped;
    // All sessions share the server's one socket, and each was told of its drops.
    const std::uint64_t dropped = std::max(r.towards ? r.towards->dropped : 0, l.dropped);
    (r.towards ? *r.towards : r.towards.emplace()).add(l);
    r.towards->dropped = dropped;
  }
  if ((r.p.directions & back) != 0) {
    losses l = lost_between(d.told->sent, d.received, d.in.duplicates());
    l.reordered = d.in.reordered(), l.too_late = d.in.too_late(), l.dropped = dropped(d) - d.dropped;
    (r.from ? *r.from : r.from.emplace()).add(l);
  }
}

}  // namespace

task<> measure_datagrams(run& r, progress& told, url to) {
  starting_line::place place(r.line);
  peers all;
  scope receiving;
  scope sending;
  scope metering;
  for (std::uint64_t i = r.mine.index; i < r.p.count; i += r.mine.loops) {
    auto made = co_await greet(to, i, r.p).stop_on(r.ended.get_token());
    if (!made) co_return r.fail(made.error());
    (*made)->dropped = dropped(**made);
    all.push_back(std::move(*made));
  }
  co_await place.ready();
  if (r.ended.stop_requested()) co_return;
  r.start();
  metering.spawn(measure(r, told));
  for (const auto& d : all) start(*d, r, receiving, sending);
  (void)co_await metering.join();
  sending.request_stop();
  (void)co_await sending.join();
  if (r.p.what == mode::requests && r.p.rate) co_await await_answers(all, r);
  scope leaving;
  for (const auto& d : all) leaving.spawn(take_leave(*d, r));
  (void)co_await leaving.join();
  if (r.failed) receiving.request_stop();
  (void)co_await receiving.join();
  for (const auto& d : all) settle(*d, r);
}

}  // namespace tool::bench_parts
