// SPDX-License-Identifier: MIT
#include "bench/stream_client.hpp"

#include <algorithm>

#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/timer.hpp>

#include "bench/connection.hpp"
#include "bench/progress.hpp"
#include "evidence/dialling.hpp"

namespace tool::bench_parts {

namespace {

using namespace fairlead;

using connections = std::vector<std::unique_ptr<connection>>;

// ── Bulk ──

template <class Socket>
task<> pour(Socket& s, connection& c, run& r) {
  const std::vector<std::byte> piece(r.p.size);
  for (;;) {
    const result<std::size_t> n = co_await send_piece(s, piece);
    // Of a stream with layers, what it has taken before it was stopped goes out with its end.
    c.sent += n ? *n : n.error().transferred();
    if (!n) co_return r.fail(n.error());
    r.now.sent += *n;
  }
}

// ── Requests ──

// One after the other. A request that is under way when the time is up is still answered.
template <class Socket>
task<> ask(Socket& s, connection& c, run& r) {
  std::vector<std::byte> message(r.p.size);
  std::vector<std::byte> answer(r.p.size);
  while (!r.over) {
    number_request(message, c.issued);
    const time_point due = clock::now();
    const result<std::size_t> n = co_await s.send(message);
    if (!n) co_return r.fail_late(n.error());
    c.sent += message.size();
    r.now.sent += message.size();
    while (c.back_again.whole() == c.issued) {
      const result<std::size_t> came =
          co_await s.recv(std::span(answer).first(r.p.size - c.echoed % r.p.size));
      if (!came) {
        conclude(c.counted.back(), std::unexpected(came.error()));
        co_return r.fail_late(came.error());
      }
      if (*came == 0)
        co_return r.fail_late(broken(c, "the server ended the connection instead of answering"));
      c.echoed += *came;
      r.now.received += *came;
      if (!c.back_again.take(std::span(answer).first(*came)))
        co_return r.fail_late(broken(c, "the answer is not what was sent"));
    }
    ++c.issued;
    r.complete(due, clock::now());
  }
  if (const result<void> said = co_await s.shutdown(); !said) co_return r.fail_late(said.error());
  co_await collect(s, c, r);
}

// At a fixed rate, whether answers come or not. Who is late sends at once.
template <class Socket>
task<> issue(Socket& s, connection& c, run& r) {
  std::vector<std::byte> message(r.p.size);
  for (;;) {
    const time_point due = r.begin_issuing + due_after(c.index + c.issued * r.p.count, *r.p.rate);
    if (due >= r.last_due) co_return;
    if (due > clock::now()) {
      if (const result<void> slept = co_await sleep_until(due); !slept) co_return;
    }
    number_request(message, c.issued);
    ++c.issued;  // before, for the answer may come before we run again
    const result<std::size_t> n = co_await s.send(message);
    c.sent += n ? *n : n.error().transferred();
    if (!n) {
      --c.issued;
      co_return r.fail(n.error());
    }
    r.now.sent += message.size();
  }
}

// What was due and is not among the requests issued.
std::uint64_t left_unsent(const connection& c, const run& r) {
  const std::uint64_t all = due_within(r.last_due - r.begin_issuing, *r.p.rate);
  const std::uint64_t ours = all > c.index ? (all - c.index + r.p.count - 1) / r.p.count : 0;
  return ours - std::min(ours, c.issued);
}

// ── Connecting ──

template <class Socket>
task<> hear_out(Socket& s, connection& c, run& r) {
  record bytes;
  for (;;) {
    const result<std::size_t> n = co_await s.recv(bytes);
    if (!n) {
      conclude(c.counted.back(), std::unexpected(n.error()));
      co_return r.fail_late(n.error());
    }
    if (*n == 0) break;
    c.seen.take(std::span(bytes).first(*n));
  }
  conclude(c.counted.back(), {});
  const auto told = c.seen.end();
  if (!told)
    co_return r.fail_late(
        broken(c, "the server ended the connection without its report; is it `fairlead bench --serve`?"));
  if (told->why != refusal::none) r.fail_late(broken(c, explain(*told)));
}

task<result<std::unique_ptr<connection>>> introduce(const url& to, std::uint64_t index, const plan& p) {
  auto opening = open_link_for(p.proof, to, p.terms);
  auto made = std::make_unique<connection>(co_await or_return(std::move(opening)), index, p);
  const record h = to_bytes(p.greeting());
  co_await or_return(made->peer->send(h));
  co_return made;
}

task<> knock(const url& to, std::uint64_t index, run& r) {
  while (!r.over && !r.failed) {
    const time_point due = clock::now();
    auto made = co_await introduce(to, index, r.p).within(r.p.timeout);
    if (!made) co_return r.fail_late(made.error());
    connection& c = **made;
    co_await with_stream(*c.peer, [&](auto& s) { return hear_out(s, c, r); });
    if (!r.failed) r.complete(due, clock::now());
  }
}

// ── All of it ──

constexpr std::chrono::milliseconds patience{20};
constexpr std::chrono::milliseconds glance{1};

// For what the server may take its time with, but not for ever.
task<> limit(scope& all, run& r, const url& to) {
  if (const result<void> slept = co_await sleep_for(r.p.timeout); !slept) co_return;
  r.fail_late(
      error::about(errc::timed_out, verb::none, to.to_string(), "the last answers did not come in time"));
  all.request_stop();
}

// A socket says it at once. What has layers may have something left to send first, and the server may be
// slow.
template <class Socket>
task<result<void>> finish_sending(Socket& s) {
  if constexpr (std::is_same_v<Socket, any_stream>) {
    co_return co_await s.shutdown();
  } else {
    co_return s.shutdown().now();
  }
}

// The time is up. Who still sends stops in the middle, then everybody hears the server out.
task<> conclude(run& r, scope& sending, scope& receiving, const connections& all, const url& to) {
  sending.request_stop();
  // A peer that reads nothing keeps a send from ending; where all has failed there is nothing to wait for,
  // and the scope takes back what is left when it goes.
  const time_point limit_of_sending = clock::now() + (r.failed ? patience : r.p.timeout);
  while (sending.size() != 0 && clock::now() < limit_of_sending) {
    if (const result<void> slept = co_await sleep_for(glance); !slept) co_return;
  }
  if (sending.size() != 0) {
    r.fail_late(
        error::about(errc::timed_out, verb::none, to.to_string(), "the server does not take what is sent"));
  }
  scope finishing;  // beside those who receive, for as long as the peer's last bytes may take
  if (r.p.what == mode::bulk || r.p.rate) {
    for (const auto& c : all) {
      if (r.p.rate) r.unsent += left_unsent(*c, r);
      finishing.spawn(with_stream(*c->peer, [](auto& s) { return finish_sending(s); }));
    }
  }
  if (r.failed) receiving.request_stop();
  scope watching;
  watching.spawn(limit(receiving, r, to));
  (void)co_await receiving.join();
  finishing.request_stop();
  (void)co_await finishing.join();  // who has waited for the report knows
}

}  // namespace

task<> measure_streams(run& r, progress& told, url to) {
  starting_line::place place(r.line);
  connections all;
  scope receiving;
  scope sending;
  scope metering;
  for (std::uint64_t i = r.mine.index; i < r.p.count && r.p.what != mode::connect; i += r.mine.loops) {
    auto made = co_await introduce(to, i, r.p).within(r.p.timeout).stop_on(r.ended.get_token());
    if (!made) co_return r.fail(made.error());
    all.push_back(std::move(*made));
  }
  co_await place.ready();
  if (r.ended.stop_requested()) co_return;
  r.start();
  metering.spawn(measure(r, told));
  for (std::uint64_t i = r.mine.index; i < r.p.count && r.p.what == mode::connect; i += r.mine.loops)
    receiving.spawn(knock(to, i, r));
  for (const auto& each : all) {
    connection& c = *each;
    with_stream(*c.peer, [&](auto& s) {
      be_prompt(s);
      const bool one_by_one = r.p.what == mode::requests && !r.p.rate;
      receiving.spawn(one_by_one ? ask(s, c, r) : collect(s, c, r));
      if (r.p.what == mode::requests && r.p.rate) sending.spawn(issue(s, c, r));
      if (r.p.what == mode::bulk && (r.p.directions & there) != 0) sending.spawn(pour(s, c, r));
    });
  }
  (void)co_await metering.join();
  co_await conclude(r, sending, receiving, all, to);
  for (const auto& c : all) {
    if (r.p.what == mode::requests) r.unanswered += c->issued - std::min(c->issued, c->back_again.whole());
  }
}

}  // namespace tool::bench_parts
