// SPDX-License-Identifier: MIT
// The drivers: proxies over streams, in every way of waiting, and what happens to bytes that come early.
#include <gtest/gtest.h>

#include <array>
#include <stop_token>
#include <string>

#include <fairlead/any_stream.hpp>
#include <fairlead/buffered.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/prefixed.hpp>
#include <fairlead/proxy.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/unix.hpp>

#include "proxy/talk.hpp"
#include "stream/scripted.hpp"
#include "stream/ways.hpp"
#include "support/expect.hpp"

namespace fairlead::testing {
namespace {

using namespace std::string_literals;
using namespace std::chrono_literals;

static_assert(gathering_stream<prefixed_stream<tcp_stream>> && gathering_stream<prefixed_stream<any_stream>>);
static_assert(stream<prefixed_stream<scripted_stream>> &&
              !gathering_stream<prefixed_stream<scripted_stream>>);

class PrefixedStream : public every_way {};
FAIRLEAD_IN_EVERY_WAY(PrefixedStream);
class ThroughAProxy : public every_way {};
FAIRLEAD_IN_EVERY_WAY(ThroughAProxy);
class ProxiedConnection : public every_way {};
FAIRLEAD_IN_EVERY_WAY(ProxiedConnection);

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto b = std::as_bytes(std::span(text));
  return {b.begin(), b.end()};
}

// Everything up to the end, in pieces of the given size.
template <class S>
task<result<std::string>> read_all(S& s, std::size_t piece = 4096) {
  std::string all;
  std::string buffer(piece, '\0');
  for (;;) {
    const std::size_t n = co_await or_return(s.recv(buffer));
    if (n == 0) co_return all;
    all += buffer.substr(0, n);
  }
}

template <class T>
task<T> bounded(task<T> t, duration d, std::stop_token stop = {}) {
  co_return co_await std::move(t).within(d).stop_on(stop);
}

TEST_P(PrefixedStream, GivesWhatWasReceivedBeforeAndThenTheRest) {
  for (const std::size_t piece : {1U, 2U, 3U, 4096U}) {
    prefixed_stream s(scripted_stream({"def", "g"}), bytes_of("abc"));
    EXPECT_EQ(as_text(s.prefix()), "abc");
    EXPECT_EQ(value_of(run(read_all(s, piece))), "abcdefg");
    EXPECT_TRUE(s.prefix().empty());
  }
}

TEST_P(PrefixedStream, TakesBytesBack) {
  prefixed_stream s(scripted_stream({"def"}), bytes_of("abc"));
  std::array<char, 2> two{};
  EXPECT_EQ(value_of(run(s.recv(two))), 2U);
  s.put_back(std::string_view(two.data(), 2));
  s.put_back("");
  s.put_back(">>");
  EXPECT_EQ(value_of(run(read_all(s))), ">>abcdef");
}

TEST_P(PrefixedStream, TakesNothingInATaskThatNeverBegins) {
  prefixed_stream s(scripted_stream({"b"}), bytes_of("a"));
  std::array<char, 2> two{};
  {
    auto never = s.recv(two);
  }
  EXPECT_EQ(value_of(run(read_all(s))), "ab");
}

TEST_P(PrefixedStream, GivesTheBytesThatAreThereWhateverTheDeadline) {
  prefixed_stream s(value_of(unix_stream::pair()).first, bytes_of("abc"));
  std::array<char, 8> in{};
  EXPECT_EQ(value_of(run(bounded(s.recv(in), 0ms))), 3U);
}

TEST_P(PrefixedStream, PassesEverythingElseOn) {
  auto ends = value_of(tcp_stream::pair());
  prefixed_stream s(std::move(ends.first), bytes_of("abc"));
  const std::array<const_buffer, 2> parts{const_buffer("one "), const_buffer("two")};
  const auto talk = [](auto& near, const_buffers gathered) -> task<result<void>> {
    co_await or_return(near.send(gathered));
    co_await or_return(near.send(" three"));
    co_return co_await near.shutdown();
  };
  value_of(run(talk(s, const_buffers(parts))));
  EXPECT_EQ(value_of(run(read_all(ends.second))), "one two three");
  value_of(s.close());
  EXPECT_TRUE(s.prefix().empty());
}

TEST(PrefixedStreamReleased, GivesTheStreamAndWhatIsLeft) {
  prefixed_stream s(scripted_stream({"def"}), bytes_of("abc"));
  std::array<char, 1> one{};
  EXPECT_EQ(value_of(s.recv(one).wait()), 1U);
  auto [inner, left] = std::move(s).release();
  EXPECT_EQ(as_text(left), "bc");
  EXPECT_EQ(inner.arrives.front(), "def");
}

// What a proxy of each kind says before the target's first words.
struct kind_of_proxy {
  const char* url;
  std::string answers;
  std::string sent;
};
const std::array<kind_of_proxy, 4> kinds{{
    {"socks5://p:1", "\x05\x00\x05\x00\x00\x01\x7f\x00\x00\x01\x1f\x90"s,
     "\x05\x01\x00\x05\x01\x00\x03\x07"s + "a.b.org" + "\x00\x50"s},
    {"socks5://ada:secret@p:1", "\x05\x02\x01\x00\x05\x00\x00\x03\x01x\x1f\x90"s,
     "\x05\x02\x00\x02\x01\x03"s + "ada\x06secret" + "\x05\x01\x00\x03\x07"s + "a.b.org" + "\x00\x50"s},
    {"socks4a://ada@p:1", "\x00\x5a\x00\x00\x00\x00\x00\x00"s,
     "\x04\x01\x00\x50\x00\x00\x00\x01"s + "ada" + "\x00"s + "a.b.org" + "\x00"s},
    {"http://p:1", "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n",
     "CONNECT a.b.org:80 HTTP/1.1\r\nHost: a.b.org:80\r\n\r\n"},
}};

std::string joined(const words& w) {
  std::string all;
  for (const std::string& s : w) all += s;
  return all;
}

TEST_P(ThroughAProxy, NoByteOfATargetThatSpeaksFirstIsLost) {
  const std::string banner = "220 ready\r\nand more";
  for (const kind_of_proxy& k : kinds) {
    for (const std::size_t most : {1U, 5U, 1000U}) {
      auto s =
          value_of_stream(run(connect_through(scripted_stream(in_random_pieces(k.answers + banner, most, 7)),
                                              proxy_of(k.url), "a.b.org", port(80))));
      ASSERT_TRUE(s) << k.url;
      EXPECT_EQ(joined(s->inner().sent), k.sent);
      EXPECT_EQ(value_of(run(read_all(*s))), banner) << k.url << ' ' << most;
    }
  }
}

TEST_P(ThroughAProxy, ChainsOfThemAreAskedOneAfterTheOther) {
  // socks5, in it http, in it socks4a, in it the target; each answer glued to the next.
  const std::string answers = kinds[0].answers + kinds[3].answers + kinds[2].answers + "hello";
  const std::vector<proxy> chain{proxy_of("socks5://one:1"), proxy_of("http://two:2"),
                                 proxy_of("socks4a://three:3")};
  for (const std::size_t most : {1U, 9U, 1000U}) {
    auto s = value_of_stream(
        run(connect_through(scripted_stream(in_random_pieces(answers, most, 3)), chain, "a.b", port(80))));
    ASSERT_TRUE(s);
    EXPECT_EQ(joined(s->inner().sent),
              "\x05\x01\x00\x05\x01\x00\x03\x03two\x00\x02"s
              "CONNECT three:3 HTTP/1.1\r\nHost: three:3\r\n\r\n"
              "\x04\x01\x00\x50\x00\x00\x00\x01\x00"s
              "a.b\x00"s);
    EXPECT_EQ(value_of(run(read_all(*s))), "hello");
  }
  auto direct = value_of_stream(
      run(connect_through(scripted_stream({"hello"}), std::vector<proxy>(), "a.b", port(80))));
  ASSERT_TRUE(direct);
  EXPECT_EQ(value_of(run(read_all(*direct))), "hello");
  const std::string refusal = kinds[0].answers + "HTTP/1.1 403 No\r\n\r\n";
  EXPECT_EQ(run(connect_through(scripted_stream({refusal}), chain, "a.b", port(80))).error().message(),
            "connect three:3 through http://two:2: the proxy answers: '403 No'");
}

TEST_P(ThroughAProxy, NothingIsSentForAHostThatIsNone) {
  auto ends = value_of(tcp_stream::pair());
  expect_error(run(connect_through(std::move(ends.first), proxy_of("http://p"), "a\r\nb", port(80))),
               errc::invalid_argument);
  EXPECT_EQ(value_of(run(read_all(ends.second))), "") << "and the connection is closed";
}

TEST_P(ThroughAProxy, ADeadlineSaysWhatItWaitedFor) {
  for (const kind_of_proxy& k : kinds) {
    auto ends = value_of(tcp_stream::pair());
    const auto r =
        run(bounded(connect_through(std::move(ends.first), proxy_of(k.url), "a.b.org", port(80)), 20ms));
    ASSERT_FALSE(r);
    EXPECT_EQ(r.error(), errc::timed_out);
    const std::string what = k.url == "http://p:1"s ? "CONNECT"
                             : k.url[5] == '5'      ? "the greeting"
                                                    : "the request";
    EXPECT_EQ(r.error().message(), "connect a.b.org:80 through " + proxy_of(k.url).to_string() +
                                       ": no answer of the proxy to " + what + ": timed out");
  }
}

TEST_P(ThroughAProxy, AStopEndsItAtOnce) {
  auto ends = value_of(tcp_stream::pair());
  const stop_when_readable stop(ends.second);
  const auto r = run(bounded(connect_through(std::move(ends.first), proxy_of("socks5://p"), "a.b", port(80)),
                             soon, stop.token()));
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error(), errc::operation_canceled);
}

TEST_P(ThroughAProxy, AnErrorOfTheStreamTellsTheStep) {
  scripted_stream s({"\x05\x02"});
  s.fails_with = errc::connection_reset;
  const auto r = run(connect_through(std::move(s), proxy_of("socks5://ada:secret@p:1"), "a.b", port(80)));
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error(), errc::connection_reset);
  EXPECT_EQ(
      r.error().message(),
      "connect a.b:80 through socks5://p:1: no answer of the proxy to the user name and password: connection "
      "reset by peer");
}

TEST_P(ThroughAProxy, ALyingProxyIsToldAndItsConnectionClosed) {
  auto ends = value_of(tcp_stream::pair());
  value_of(ends.second.send("HTTP/1.1 400 Bad Request\r\n\r\n").wait());
  EXPECT_EQ(run(connect_through(std::move(ends.first), proxy_of("socks5://p:1"), "a.b", port(80)))
                .error()
                .message(),
            "connect a.b:80 through socks5://p:1: the proxy does not speak SOCKS5: its answer to the "
            "greeting begins "
            "with byte 72 instead of 5");
  std::array<char, 8> in{};
  EXPECT_EQ(ends.second.recv(in).within(soon).wait().value_or(3), 3U) << "the greeting";
  const auto end = ends.second.recv(in).within(soon).wait();
  EXPECT_TRUE(!end || *end == 0) << "then the end, or a reset for what was not read";
}

TEST_P(ThroughAProxy, AProxyThatHangsUpIsToldWithTheStep) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "the greeting: the connection was closed"},
      {"\x05", "the greeting: the connection was closed after 1 byte"},
      {"\x05\x02", "the user name and password: the connection was closed"}};
  for (const auto& [answer, says] : cases) {
    auto ends = value_of(unix_stream::pair());
    value_of(ends.second.send(std::string_view(answer)).wait());
    value_of(ends.second.shutdown().wait());
    const auto r =
        run(connect_through(std::move(ends.first), proxy_of("socks5://ada:secret@p:1"), "a.b", port(80)));
    ASSERT_FALSE(r);
    EXPECT_EQ(r.error(), fault::end_of_stream);
    EXPECT_EQ(r.error().message(), "connect a.b:80 through socks5://p:1: no answer of the proxy to "s + says);
  }
}

TEST_P(ThroughAProxy, AnyStreamWillDo) {
  any_stream s(scripted_stream({kinds[3].answers + "hello"}));
  auto through = value_of_stream(run(connect_through(std::move(s), proxy_of("http://p"), "a.b", port(80))));
  ASSERT_TRUE(through);
  any_stream erased(std::move(*through));
  EXPECT_EQ(value_of(run(read_all(erased))), "hello");
}

// The two versions of one header.
std::vector<std::string> headers() {
  proxy_header h;
  h.source = endpoint::parse("192.0.2.1:1").value();
  h.destination = endpoint::parse("192.0.2.2:2").value();
  return {encode(h, proxy_version::v1).value(), encode(h, proxy_version::v2).value()};
}

TEST_P(ProxiedConnection, NoByteBehindTheHeaderIsLost) {
  for (const std::string& header : headers()) {
    auto ends = value_of(tcp_stream::pair());
    // In one packet: a receiver that reads ahead gets both.
    value_of(ends.first.send(header + "GET / HTTP/1.1\r\nHost: a\r\n\r\n").wait());
    value_of(ends.first.shutdown().wait());
    auto p = value_of_stream(run(accept_proxied(std::move(ends.second))));
    ASSERT_TRUE(p);
    EXPECT_EQ(p->header.source.to_string(), "192.0.2.1:1");
    buffered_reader reader(p->connection);
    EXPECT_EQ(value_of(run(reader.line())), "GET / HTTP/1.1");
    EXPECT_EQ(value_of(run(reader.line())), "Host: a");
    EXPECT_EQ(value_of(run(reader.line())), "");
    EXPECT_EQ(value_of(run(reader.line())), std::nullopt);
  }
}

TEST_P(ProxiedConnection, TheHeaderMayArriveInPieces) {
  for (const std::string& header : headers()) {
    for (const std::size_t most : {1U, 7U, 40U}) {
      auto p =
          value_of_stream(run(accept_proxied(scripted_stream(in_random_pieces(header + "body", most, 5)))));
      ASSERT_TRUE(p);
      EXPECT_EQ(p->header.destination.to_string(), "192.0.2.2:2");
      EXPECT_EQ(value_of(run(read_all(p->connection))), "body");
    }
  }
}

TEST_P(ProxiedConnection, AConnectionWithoutTheHeaderIsRefused) {
  auto ends = value_of(tcp_stream::pair());
  const std::string who = ends.second.peer_endpoint().value().to_string();
  value_of(ends.first.send("GET / HTTP/1.1\r\n").wait());
  const auto r = run(accept_proxied(std::move(ends.second)));
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error(), errc::protocol_error);
  EXPECT_EQ(r.error().message(), "accept a connection from " + who +
                                     ": it does not begin with a PROXY header, which is required here");
}

TEST_P(ProxiedConnection, OneThatEndsWithinTheHeaderIsRefused) {
  for (const std::string& header : headers()) {
    auto ends = value_of(unix_stream::pair());
    value_of(ends.first.send(header.substr(0, header.size() - 1)).wait());
    value_of(ends.first.shutdown().wait());
    expect_error(run(accept_proxied(std::move(ends.second))), fault::end_of_stream);
  }
}

TEST_P(ProxiedConnection, OneThatSaysNothingIsWaitedForUntilTheDeadline) {
  auto ends = value_of(unix_stream::pair());
  const auto r = run(bounded(accept_proxied(std::move(ends.second)), 20ms));
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error(), errc::timed_out);
  EXPECT_TRUE(r.error().message().ends_with(": no whole PROXY header: timed out")) << r.error().message();
}

TEST_P(ProxiedConnection, IsMadeByAHeaderThatIsSentAtOnce) {
  proxy_header h;
  h.source = endpoint::parse("[::1]:1").value();
  h.destination = endpoint::parse("[::1]:2").value();
  for (const proxy_version v : {proxy_version::v1, proxy_version::v2}) {
    scripted_stream s;
    value_of(run(send_proxy_header(s, h, v)));
    EXPECT_EQ(s.sent, (words{encode(h, v).value()}));
    h.version = v;
    auto p = value_of_stream(run(accept_proxied(scripted_stream({s.sent.at(0)}))));
    ASSERT_TRUE(p);
    EXPECT_EQ(p->header, h);
  }
  scripted_stream s;
  expect_error(run(send_proxy_header(s, proxy_header())), errc::invalid_argument);
  EXPECT_TRUE(s.sent.empty());
}

}  // namespace
}  // namespace fairlead::testing
