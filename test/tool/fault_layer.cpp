// SPDX-License-Identifier: MIT
// Faults between two links of this process, joined by hand: what arrives, how it ends, and that nothing is
// lost by whoever gives up waiting.
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <fairlead/loop.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/timer.hpp>
#include <fairlead/unix.hpp>

#include "console.hpp"
#include "fault/layer.hpp"
#include "support/expect.hpp"
#include "support/guard.hpp"
#include "wire/join.hpp"

namespace {

using namespace fairlead;
using namespace fairlead::testing;
using namespace std::chrono_literals;
using tool::arrival;
using tool::faults::parse;
using tool::faults::treated_links;

class FaultLayer : public guarded<> {};

// Two links as a relay has them, and the ends that its peers have.
template <class Socket>
struct middle {
  Socket client;
  Socket target;
  std::unique_ptr<tool::link> from_client;
  std::unique_ptr<tool::link> from_target;
  treated_links links;

  explicit middle(const std::string& faults)
      : middle(Socket::pair().value(), Socket::pair().value(), faults) {}
  middle(std::pair<Socket, Socket> a, std::pair<Socket, Socket> b, const std::string& faults)
      : client(std::move(a.first)),
        target(std::move(b.second)),
        from_client(tool::make_link(std::move(a.second))),
        from_target(tool::make_link(std::move(b.first))),
        links(treat(*from_client, *from_target, parse(std::array{faults}).value(), 0)) {}
};

// What comes next, or "(end)".
task<result<std::string>> text_from(tool::link& l) {
  std::string buffer(70'000, '\0');
  const result<arrival> a = co_await l.recv(buffer);
  if (!a) co_return std::unexpected(a.error());
  if (a->end) co_return std::string("(end)");
  co_return buffer.substr(0, a->size);
}

// ── What arrives ──

task<> delays(middle<unix_stream>& m) {
  const time_point began = fairlead::clock::now();
  expect_ok(co_await m.client.send("hello"));
  expect_ok(co_await m.client.shutdown());
  const auto text = co_await text_from(*m.links.first);
  EXPECT_EQ(text.value(), "hello");
  EXPECT_GE(fairlead::clock::now(), began + 30ms);
  const auto end = co_await text_from(*m.links.first);
  EXPECT_EQ(end.value(), "(end)");
}
TEST_F(FaultLayer, PassesWhatCameAndThenTheEndButLater) {
  middle<unix_stream> m("latency=30ms");
  fairlead::run(delays(m));
  EXPECT_EQ(m.links.done->there.bytes_passed, 5U);
  EXPECT_EQ(m.links.done->how_there, tool::faults::carriage::bytes);
}

task<> gives_up_often(middle<unix_stream>& m, const std::string& content, std::string& got) {
  expect_ok(co_await m.client.send(content));
  expect_ok(co_await m.client.shutdown());
  int given_up = 0;
  for (;;) {
    std::string buffer(100, '\0');
    auto receiving = m.links.first->recv(buffer).within(1ms);
    const result<arrival> a = co_await std::move(receiving);
    if (!a) {
      expect_error(a, errc::timed_out);
      ++given_up;
      continue;
    }
    if (a->end) break;
    got += buffer.substr(0, a->size);
  }
  EXPECT_GE(given_up, 3);
}
TEST_F(FaultLayer, LosesNothingWhenWaitingIsGivenUp) {
  middle<unix_stream> m("latency=500ms,rate=4Mbit");
  std::string content;
  for (int i = 0; content.size() < 20'000; ++i) content += std::to_string(i) + ' ';
  std::string got;
  fairlead::run(gives_up_often(m, content, got));
  EXPECT_TRUE(got == content) << got.size();
}

task<> stops_in_the_midst(middle<unix_stream>& m) {
  {
    scope s;
    s.spawn([](tool::link& l) -> task<> {
      const auto text = co_await text_from(l);
      ADD_FAILURE() << "it was not due: " << text.value_or("an error");
    }(*m.links.first));
    expect_ok(co_await m.client.send("kept"));
    expect_ok(co_await sleep_for(5ms));
  }  // destroyed where it stands
  const auto text = co_await text_from(*m.links.first);
  EXPECT_EQ(text.value(), "kept");
}
TEST_F(FaultLayer, LosesNothingWhenWhoeverWaitsIsDestroyed) {
  middle<unix_stream> m("latency=500ms");
  fairlead::run(stops_in_the_midst(m));
}

task<> keeps_boundaries(middle<unix_seqpacket_socket>& m, std::vector<std::string>& got) {
  for (const std::string text : {"one", "two", "three"}) expect_ok(co_await m.client.send(text));
  expect_ok(co_await m.client.shutdown());
  for (;;) {
    const auto text = co_await text_from(*m.links.first);
    got.push_back(text.value());
    if (got.back() == "(end)") break;
  }
}
TEST_F(FaultLayer, TreatsTheRecordsOfASeqpacketSocketAsMessages) {
  middle<unix_seqpacket_socket> m("duplicate=100%,reorder=100%");
  std::vector<std::string> got;
  fairlead::run(keeps_boundaries(m, got));
  EXPECT_EQ(got, (std::vector<std::string>{"two", "two", "one", "one", "three", "three", "(end)"}));
  EXPECT_EQ(m.links.done->there.duplicated, 3U);
}

// ── How it ends ──

const tool::console& silent_console() {
  static const tool::console c = [] {
    tool::console made;
    made.quiet = true;
    return made;
  }();
  return c;
}

template <class Socket>
task<> joins(middle<Socket>& m, std::optional<duration> idle, result<void>& how) {
  tool::join_terms terms;
  terms.idle = idle;
  how = co_await join(*m.links.first, *m.links.second, std::move(terms), silent_console());
}

task<> is_cut_off(tcp_stream& s) {
  std::array<char, 100> buffer;
  for (;;) {
    const result<std::size_t> n = co_await s.recv(std::span(buffer));
    if (n && *n != 0) continue;
    expect_error(n, errc::connection_reset);
    co_return;
  }
}
// More than anybody takes, so that the relay is stuck in sending.
task<> floods(tcp_stream& s) {
  const std::string much(1U << 20U, 'x');
  for (;;) {
    if (!co_await s.send(much)) co_return;
  }
}
task<> resets(middle<tcp_stream>& m, bool stuck, result<void>& how) {
  scope s;
  s.spawn(joins(m, std::nullopt, how));
  if (stuck) {
    s.spawn(floods(m.client));
  } else {
    s.spawn(is_cut_off(m.client));
    s.spawn(is_cut_off(m.target));
    expect_ok(co_await m.client.send("hello"));
  }
  (void)co_await s.join();
}
TEST_F(FaultLayer, ResetsBothPeers) {
  middle<tcp_stream> m("reset-after=50ms");
  const time_point began = fairlead::clock::now();
  result<void> how;
  fairlead::run(resets(m, false, how));
  EXPECT_GE(fairlead::clock::now(), began + 50ms);
  expect_error(how, errc::connection_reset);
  EXPECT_NE(how.error().message().find(": cut off by --fault reset-after=50ms"), std::string::npos)
      << how.error().message();
}
TEST_F(FaultLayer, ResetsAlsoWhileSendingIsStuck) {
  middle<tcp_stream> m("reset-after=50ms");
  result<void> how;
  fairlead::run(resets(m, true, how));
  expect_error(how, errc::connection_reset);
}

// The first side finishes and is not heard; only when the second one has finished too it is over.
task<> is_half_open(middle<unix_stream>& m) {
  scope s;
  result<void> how;
  s.spawn(joins(m, std::nullopt, how));
  expect_ok(co_await m.client.send("unheard"));
  expect_ok(co_await m.client.shutdown());
  std::string buffer(100, '\0');
  auto receiving = m.target.recv(buffer).within(30ms);
  const auto nothing = co_await std::move(receiving);
  expect_error(nothing, errc::timed_out);
  expect_ok(co_await m.target.send("back is open"));
  const auto heard = co_await m.client.recv(buffer);
  EXPECT_EQ(buffer.substr(0, heard.value_or(0)), "back is open");
  expect_ok(co_await m.target.shutdown());
  (void)co_await s.join();
  expect_ok(how);
}
TEST_F(FaultLayer, LeavesAConnectionHalfOpenUntilTheOtherSideEndsToo) {
  middle<unix_stream> m("there:half-open-after=0");
  fairlead::run(is_half_open(m));
  EXPECT_EQ(m.links.done->there.bytes_swallowed, 7U);
  EXPECT_EQ(m.links.done->there.bytes_passed, 0U);
}

task<> falls_idle(middle<unix_stream>& m, result<void>& how) {
  scope s;
  s.spawn(joins(m, duration(50ms), how));
  expect_ok(co_await m.client.send("unheard"));
  expect_ok(co_await m.client.shutdown());
  (void)co_await s.join();
}
TEST_F(FaultLayer, LeavesAConnectionHalfOpenUntilTheIdleLimit) {
  middle<unix_stream> m("half-open-after=0");
  result<void> how;
  fairlead::run(falls_idle(m, how));
  expect_error(how, errc::timed_out);
}

// Much more than may wait is sent through a slow line to a reader who reads everything.
task<> pours(unix_stream& s, std::size_t size) {
  const std::string much(size, 'x');
  expect_ok(co_await s.send(much));
  expect_ok(co_await s.shutdown());
}
task<> drains(unix_stream& s, std::size_t& got) {
  std::vector<std::byte> buffer(65536);
  for (;;) {
    const result<std::size_t> n = co_await s.recv(buffer);
    if (!n || *n == 0) co_return expect_ok(n);
    got += *n;
  }
}
task<> pours_and_drains(middle<unix_stream>& m, std::size_t size, std::size_t& got) {
  scope s;
  result<void> how;
  s.spawn(joins(m, std::nullopt, how));
  s.spawn(pours(m.client, size));
  s.spawn(drains(m.target, got));
  expect_ok(co_await m.target.shutdown());
  (void)co_await s.join();
  expect_ok(how);
}
TEST_F(FaultLayer, PassesMoreThanMayWaitAtOnce) {
  middle<unix_stream> m("latency=5ms±5ms,drop=0.01%,duplicate=1%");
  constexpr std::size_t size = 5 * tool::faults::most_waiting;
  std::size_t got = 0;
  fairlead::run(pours_and_drains(m, size, got));
  EXPECT_EQ(got, size);
  EXPECT_EQ(m.links.done->there.bytes_passed, size);
}

}  // namespace
