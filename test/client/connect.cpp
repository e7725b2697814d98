// SPDX-License-Identifier: MIT
// Addresses as people type them, to streams.
#include <fairlead/client.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include <fairlead/copy.hpp>
#include <fairlead/options.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/unix.hpp>

#include "stream/ways.hpp"
#include "support/black_hole.hpp"
#include "support/child.hpp"
#include "support/expect.hpp"
#include "support/temp_dir.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;

class Connect : public every_way {};
FAIRLEAD_IN_EVERY_WAY(Connect);

// Answers everyone with what they say, until the scope is stopped.
template <class Listener>
task<result<void>> echo_server(Listener& listener) {
  for (;;) {
    auto c = co_await or_return(listener.accept());
    (void)co_await or_return(copy(c, c));
  }
}

task<result<std::string>> ask(any_stream& s, std::string_view question) {
  co_await or_return(s.send(question));
  co_await or_return(s.shutdown());
  std::string answer;
  std::array<char, 100> b{};
  for (;;) {
    const std::size_t n = co_await or_return(s.recv(b));
    if (n == 0) co_return answer;
    answer.append(b.data(), n);
  }
}

template <class Listener>
task<result<std::string>> ask_at(Listener& listener, std::string where) {
  scope servers;
  servers.spawn(echo_server(listener));
  any_stream s = co_await or_return(connect(where).within(soon));
  std::string answer = co_await or_return(ask(s, "who is there?"));
  servers.request_stop();
  (void)co_await servers.join();
  co_return answer;
}

std::string port_of(const tcp_listener& l) { return value_of(l.local_endpoint()).ip().port().to_string(); }

TEST_P(Connect, TriesTheNextAddressWhenNobodyListensAtTheFirst) {
  auto listener = value_of(tcp_listener::listen({ipv4_address::loopback(), port(0)}));
  EXPECT_EQ(value_of(run(ask_at(listener, "tcp://localhost:" + port_of(listener)))), "who is there?");
  EXPECT_EQ(value_of(run(ask_at(listener, "app.localhost:" + port_of(listener)))), "who is there?");
}

TEST_P(Connect, ReachesUnixSockets) {
  const temp_dir dir;
  auto listener = value_of(unix_listener::listen(dir.socket("echo")));
  EXPECT_EQ(value_of(run(ask_at(listener, "unix:" + (dir / "echo").string()))), "who is there?");
}

TEST_P(Connect, RunsCommandsThatEndWithTheirStream) {
  const auto story = []() -> task<result<std::string>> {
    any_stream s = co_await or_return(connect("exec:tr a-z A-Z"));
    std::string answer = co_await or_return(ask(s, "who is there?"));
    const std::array<const_buffer, 2> pieces{const_buffer("in "), const_buffer("pieces")};
    any_stream other = co_await or_return(connect("exec:cat"));
    EXPECT_EQ(value_of(co_await other.send(const_buffers(pieces))), 9U);
    EXPECT_EQ(value_of(co_await ask(other, "!")), "in pieces!");
    any_stream unused = co_await or_return(connect("exec:cat"));
    EXPECT_TRUE(unused.close());
    co_return answer;
  };
  EXPECT_EQ(value_of(run(story())), "WHO IS THERE?");
}

TEST_P(Connect, JoinsStandardInputAndOutput) {
  const way how = GetParam();
  const child_outcome child = run_in_child([how] {
    if (std::freopen("/dev/null", "r", stdin) == nullptr) return 2;
    const auto story = []() -> task<result<std::uint64_t>> {
      any_stream s = co_await or_return(connect("-"));
      co_await or_return(s.send("to standard output"));
      std::array<char, 4> b{};
      co_return co_await s.recv(b);
    };
    const auto r = how.blocks() ? story().wait() : run_on(how.on, story());
    return r.value_or(1) == 0 ? 0 : 1;
  });
  EXPECT_EQ(child.status, 0) << child.errors;
  EXPECT_EQ(child.output, "to standard output");
}

TEST_P(Connect, TellsOfEveryAddressThatItTried) {
  const refusing_port refusing(ipv4_address::loopback());
  const std::string p = refusing.where().port().to_string();
  const auto refused = run(connect("tcp://localhost:" + p));
  expect_error(refused, errc::connection_refused);
  EXPECT_EQ(without_times(refused.error().message()), "connect tcp://localhost:" + p + ": [::1]:" + p +
                                                          ": connection refused; 127.0.0.1:" + p +
                                                          ": connection refused");
  EXPECT_EQ(run(connect("tcp://127.0.0.1:" + p)).error().message(),
            "connect tcp://127.0.0.1:" + p + ": connection refused");
  expect_error(run(dial_tcp("", refusing.where().port())), errc::connection_refused);
}

TEST_P(Connect, HasOneDeadlineForAllAddresses) {
  const black_hole dead({ipv4_address::loopback(), port(0)});
  const std::string url = "tcp://localhost:" + dead.where().port().to_string();
  const auto late = run(
      [](std::string u) -> task<result<any_stream>> { co_return co_await connect(u).within(500ms); }(url));
  expect_error(late, errc::timed_out);
  EXPECT_TRUE(without_times(late.error().message()).ends_with(dead.where().to_string() + ": timed out"))
      << late.error().message();
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = run([](std::string u, std::stop_token t) -> task<result<any_stream>> {
    co_return co_await connect(u).stop_on(t);
  }(url, stop.get_token()));
  expect_error(stopped, errc::operation_canceled);
}

TEST_P(Connect, SetsTheOptionsOfTheAddress) {
  auto listener = value_of(tcp_listener::listen({ipv4_address::loopback(), port(0)}));
  const std::string where = "tcp://127.0.0.1:" + port_of(listener);
  const auto story = [](std::string u) -> task<result<any_stream>> { co_return co_await connect(u); };
  auto s = value_of(run(story(where + "?nodelay=1&keepalive=30s")));
  auto* const c = s.get_if<tcp_stream>();
  ASSERT_NE(c, nullptr);
  EXPECT_EQ(c->get<option::no_delay>(), option::no_delay(true));
  EXPECT_EQ(value_of(c->get<option::keepalive>()).idle, 30s);
  expect_error(run(story(where + "?keepalive=10h")), errc::invalid_argument);
  const auto misspelt = run(story(where + "?nodealy=1"));
  expect_error(misspelt, fault::bad_syntax);
  EXPECT_TRUE(misspelt.error().message().starts_with(where + "?nodealy=1: unknown option 'nodealy'"));
  expect_error(run(story("unix:/nowhere?nodelay=1")), fault::bad_syntax);
  expect_error(run(story("-?nodelay=1")), fault::bad_syntax);
}

TEST_P(Connect, RefusesWhatIsNoStreamHere) {
  const auto says = [this](std::string where) { return run(connect(where)).error().message(); };
  EXPECT_EQ(says("udp://localhost:7"),
            "connect udp://localhost:7: it carries datagrams or records, which are no stream");
  EXPECT_EQ(says("unix-dgram:/x"),
            "connect unix-dgram:/x: it carries datagrams or records, which are no stream");
  EXPECT_EQ(says("unix-seqpacket:/x"),
            "connect unix-seqpacket:/x: it carries datagrams or records, which are no stream");
  EXPECT_EQ(says("file:/etc/hosts"),
            "connect file:/etc/hosts: a file is no connection; open it with descriptor_reader::open()");
  EXPECT_EQ(says("unix:/no/such/socket"), "connect unix:/no/such/socket: no such file or directory");
  EXPECT_EQ(says("tcp://localhost:70000"), "tcp://localhost:70000: port must be 0 to 65535");
  EXPECT_EQ(says("tcp://nothing.invalid:80"),
            "resolve nothing.invalid: no such name: nothing is called .invalid (RFC 6761)");
}

}  // namespace
}  // namespace fairlead::testing
