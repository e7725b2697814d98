// SPDX-License-Identifier: MIT
// What client and server of a measurement say to each other, byte by byte, and peers that say something else.
#include <array>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <fairlead/options.hpp>
#include <fairlead/tcp.hpp>

#include "bench/arrivals.hpp"
#include "bench/packet.hpp"
#include "bench/protocol.hpp"
#include "bench/run.hpp"
#include "tool/bench_running.hpp"

namespace {

using namespace fairlead;
using namespace fairlead::testing;
using namespace tool_test;
using namespace tool::bench_parts;
using namespace std::chrono_literals;

class BenchProtocol : public guarded<> {};

std::string text_of(const record& r) { return {reinterpret_cast<const char*>(r.data()), r.size()}; }

TEST_F(BenchProtocol, ASaysHelloInThirtyTwoBytes) {
  const hello h{mode::bulk, there | back, 0x00010203, 1s};
  EXPECT_EQ(text_of(to_bytes(h)), std::string("flbench\0"
                                              "\0\1"
                                              "\1"
                                              "\3"
                                              "\0\1\2\3"
                                              "\0\0\0\0\x3b\x9a\xca\0"
                                              "\0\0\0\0\0\0\0\0",
                                              32));
  EXPECT_EQ(parse_hello(to_bytes(h)).value().value(), h);
  const report r{refusal::size, 258, 1};
  EXPECT_EQ(text_of(to_bytes(r)), std::string("flbench\0"
                                              "\0\1"
                                              "\x80"
                                              "\4"
                                              "\0\0\0\0"
                                              "\0\0\0\0\0\0\1\2"
                                              "\0\0\0\0\0\0\0\1",
                                              32));
  EXPECT_EQ(parse_report(to_bytes(r)).value(), r);
}

TEST_F(BenchProtocol, RefusesWhatItCannotDoAndDoesNotAnswerStrangers) {
  const auto said = [](hello h) { return parse_hello(to_bytes(h)).value().error(); };
  EXPECT_EQ(said({static_cast<mode>(9), there, 1, 1s}), refusal::mode);
  EXPECT_EQ(said({mode::bulk, 0, 1, 1s}), refusal::directions);
  EXPECT_EQ(said({mode::bulk, 4, 1, 1s}), refusal::directions);
  EXPECT_EQ(said({mode::requests, there, 1, 1s}), refusal::directions);
  EXPECT_EQ(said({mode::requests, 0, 0, 1s}), refusal::size);
  EXPECT_EQ(said({mode::requests, 0, largest_message + 1, 1s}), refusal::size);
  EXPECT_EQ(said({mode::requests, 0, 1, 0s}), refusal::lasts);
  EXPECT_EQ(said({mode::requests, 0, 1, 24h + 1s}), refusal::lasts);
  EXPECT_EQ(said({mode::requests, 0, 1, duration(-1)}), refusal::lasts);
  record r = to_bytes(hello{mode::connect, 0, 0, 0s});
  EXPECT_TRUE(parse_hello(r).value().has_value());
  r[9] = std::byte{2};
  EXPECT_EQ(parse_hello(r).value().error(), refusal::version);
  r[0] = std::byte{'g'};
  EXPECT_FALSE(parse_hello(r));
  EXPECT_FALSE(parse_report(r));
}

TEST_F(BenchProtocol, FindsTheReportAtTheEndHoweverTheBytesCome) {
  std::vector<std::byte> bytes(1000, std::byte{7});
  const record end = to_bytes(report{refusal::none, 5, 1000});
  bytes.insert(bytes.end(), end.begin(), end.end());
  for (const std::size_t piece : {1U, 3U, 31U, 32U, 33U, 500U, 1032U}) {
    tail t;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      t.take(std::span(bytes).subspan(at, std::min(piece, bytes.size() - at)));
    }
    EXPECT_EQ(t.payload(), 1000U);
    ASSERT_TRUE(t.end());
    EXPECT_EQ(t.end()->sent, 1000U);
  }
  tail t;
  t.take(std::span(bytes).first(1000));
  EXPECT_FALSE(t.end());
}

TEST_F(BenchProtocol, NoticesAnswersThatAreNotWhatWasSent) {
  for (const std::uint32_t size : {1U, 3U, 8U, 20U}) {
    std::vector<std::byte> bytes;
    for (std::uint64_t n = 0; n < 300; ++n) {
      std::vector<std::byte> message(size);
      number_request(message, n);
      bytes.insert(bytes.end(), message.begin(), message.end());
    }
    for (const std::size_t piece : {1U, 7U, 4096U}) {
      answers a(size);
      for (std::size_t at = 0; at < bytes.size(); at += piece) {
        EXPECT_TRUE(a.take(std::span(bytes).subspan(at, std::min(piece, bytes.size() - at))));
      }
      EXPECT_EQ(a.whole(), 300U);
      EXPECT_FALSE(a.within());
    }
    std::vector<std::byte> wrong(bytes.begin() + static_cast<std::ptrdiff_t>(size), bytes.end());
    EXPECT_FALSE(answers(size).take(wrong)) << "an answer is missing";
  }
}

TEST_F(BenchProtocol, CountsLossReorderingAndDuplicates) {
  arrivals a;
  for (const std::uint64_t n : {0U, 1U, 3U, 2U, 2U, 5U, 5U, 5U}) a.take(n);
  EXPECT_EQ(a.distinct(), 5U);
  EXPECT_EQ(a.duplicates(), 3U);
  EXPECT_EQ(a.reordered(), 1U);
  a.take(arrivals::window + 5);
  a.take(6);  // as old as can be told
  a.take(5);  // older
  EXPECT_EQ(a.too_late(), 1U);
  EXPECT_EQ(a.reordered(), 3U);
  a.take(10 * arrivals::window);
  a.take(10 * arrivals::window - 1);
  EXPECT_EQ(a.duplicates(), 3U);
  EXPECT_EQ(a.distinct(), 10U);
}

TEST_F(BenchProtocol, NumbersOfARateAreDueWhenTheyShould) {
  for (const std::uint64_t rate : {1U, 3U, 1000U, 999'983U}) {
    EXPECT_EQ(due_after(rate, rate), 1s);
    EXPECT_EQ(due_after(rate * 86'400, rate), 24h);
    for (const duration span : {duration(0), duration(1), duration(1s), duration(1234567891)}) {
      const std::uint64_t n = due_within(span, rate);
      EXPECT_GE(due_after(n, rate), span);
      if (n > 0) {
        EXPECT_LT(due_after(n - 1, rate), span);
      }
    }
  }
}

TEST_F(BenchProtocol, ADatagramBeginsWithFortyBytes) {
  packet p;
  p.kind = packet_kind::data;
  p.detail = 3;
  p.session = 0x0102030405060708;
  p.sequence = 9, p.stamp = 10, p.value = 11;
  std::array<std::byte, packet_size> bytes;
  put_packet(bytes, p);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
            std::string("flbd\0\1\3\3"
                        "\1\2\3\4\5\6\7\x8"
                        "\0\0\0\0\0\0\0\x9"
                        "\0\0\0\0\0\0\0\xa"
                        "\0\0\0\0\0\0\0\xb",
                        40));
  EXPECT_EQ(parse_packet(bytes), p);
  EXPECT_FALSE(parse_packet(std::span(bytes).first(39)));
  bytes[6] = std::byte{0};
  EXPECT_FALSE(parse_packet(bytes));
}

// ── Peers that speak otherwise ──

// A server of our own, for what a well-behaved one never does.
struct stranger {
  tcp_listener listener = *tcp_listener::listen({ipv4_address::loopback(), port(0)});
  std::string address = "tcp://" + listener.local_endpoint()->to_string();
  tcp_stream accept() {
    tcp_stream s = *listener.accept().within(soon).wait();
    record h;
    EXPECT_TRUE(s.recv_exactly(h).within(soon).wait());
    EXPECT_TRUE(parse_hello(h).value().has_value());
    return s;
  }
};

TEST_F(BenchProtocol, ClientSaysWhyTheServerRefused) {
  // The server reads nothing: what the client is just sending must be taken back at whatever moment it is.
  for (int i = 0; i < 20; ++i) {
    stranger s;
    running client(fairlead_command({"bench", s.address, "--time", "1h"}));
    tcp_stream peer = s.accept();
    record r = to_bytes(report{refusal::version, 0, 0});
    r[9] = std::byte{7};
    ASSERT_TRUE(peer.send(r).wait());
    ASSERT_TRUE(peer.shutdown().wait());
    ASSERT_EQ(client.status(), 1);
    EXPECT_EQ(
        result_of(client.errors()),
        "fairlead: " + s.address +
            ": the server speaks version 7 of the protocol, we speak 1; use the same fairlead at both ends");
  }
}

TEST_F(BenchProtocol, ClientDoesNotWaitForEverForTheLastAnswers) {
  for (const std::vector<std::string>& mode :
       std::vector<std::vector<std::string>>{{"--connections", "1"}, {"--rate", "10"}, {"--reverse"}}) {
    stranger s;
    std::vector<std::string> words = {"bench", s.address, "--time", "50ms", "--timeout", "2s"};
    words.insert(words.end(), mode.begin(), mode.end());
    running client(fairlead_command(words));
    const tcp_stream peer = s.accept();
    EXPECT_EQ(client.status(), 3) << mode.front();
    EXPECT_EQ(result_of(client.errors()),
              "fairlead: " + s.address + ": the last answers did not come in time");
  }
}

TEST_F(BenchProtocol, ClientDoesNotWaitForEverForAServerThatReadsNothing) {
  stranger s;
  running client(fairlead_command({"bench", s.address, "--time", "50ms", "--timeout", "2s"}));
  const tcp_stream peer = s.accept();
  EXPECT_EQ(client.status(), 3);
  EXPECT_NE(client.errors().find(s.address + ": the "), std::string::npos) << client.errors();
}

TEST_F(BenchProtocol, ClientDoesNotTakeNonsenseForAnAnswer) {
  stranger s;
  running client(fairlead_command({"bench", s.address, "--time", "1h", "--connections", "1", "--size", "9"}));
  tcp_stream peer = s.accept();
  ASSERT_TRUE(peer.send("HTTP/1.1 4").wait());
  EXPECT_EQ(client.status(), 1);
  EXPECT_EQ(result_of(client.errors()), "fairlead: " + s.address + ": the answer is not what was sent");
}

TEST_F(BenchProtocol, ClientNoticesAServerThatEndsWithoutAReport) {
  stranger s;
  running client(fairlead_command({"bench", s.address, "--time", "1h", "--reverse"}));
  tcp_stream peer = s.accept();
  ASSERT_TRUE(peer.send("some bytes").wait());
  ASSERT_TRUE(peer.shutdown().wait());
  EXPECT_EQ(client.status(), 1);
  EXPECT_EQ(result_of(client.errors()),
            "fairlead: " + s.address + ": the server ended the connection without its report");
}

TEST_F(BenchProtocol, ClientNoticesAReportThatDoesNotAgree) {
  stranger s;
  running client(fairlead_command({"bench", s.address, "--time", "100ms"}));
  tcp_stream peer = s.accept();
  std::vector<std::byte> bytes(1U << 20U);
  std::uint64_t received = 0;
  while (const std::size_t n = peer.recv(bytes).within(soon).wait().value_or(0)) received += n;
  ASSERT_TRUE(peer.send(to_bytes(report{refusal::none, received - 1, 0})).wait());
  ASSERT_TRUE(peer.shutdown().wait());
  EXPECT_EQ(client.status(), 1);
  EXPECT_NE(client.errors().find("but the server received " + std::to_string(received - 1)),
            std::string::npos)
      << client.errors();
}

TEST_F(BenchProtocol, LatencyAtAFixedRateCountsFromWhenARequestWasDue) {
  stranger s;
  running client(
      fairlead_command({"bench", s.address, "--time", "300ms", "--rate", "1000", "--size", "8", "--json"}));
  tcp_stream peer = s.accept();
  // This server stalls until 50 requests have come: the first of them was due 49 ms before the last.
  std::vector<std::byte> stalled(50 * 8);
  ASSERT_TRUE(peer.recv_exactly(stalled).within(soon).wait());
  ASSERT_TRUE(peer.send(stalled).wait());
  std::vector<std::byte> bytes(4096);
  std::uint64_t received = stalled.size();
  while (const std::size_t n = peer.recv(bytes).within(soon).wait().value_or(0)) {
    ASSERT_TRUE(peer.send(std::span(bytes).first(n)).wait());
    received += n;
  }
  ASSERT_TRUE(peer.send(to_bytes(report{refusal::none, received, received})).wait());
  ASSERT_TRUE(peer.shutdown().wait());
  EXPECT_EQ(client.status(), 0) << client.errors();
  const std::string line = result_of(client.output());
  EXPECT_EQ(number_in(line, "count", "latency_ns") + number_in(line, "unsent"), 300) << line;
  // A closed loop would have seen one slow request. Here each of the 50 waited, 1 ms less than the one
  // before: 30 of all that there were, a tenth, for 20 ms and more.
  EXPECT_GE(number_in(line, "max", "latency_ns"), 49e6) << line;
  EXPECT_GE(number_in(line, "p90", "latency_ns"), 17e6) << line;
}

TEST_F(BenchProtocol, ServerSurvivesWhateverItIsSent) {
  bench_server s({"tcp://127.0.0.1:0"});
  const ip_endpoint where = *ip_endpoint::parse(s.address().substr(6));
  record wrong = to_bytes(hello{mode::requests, 0, 64, 1s});
  wrong[10] = std::byte{77};
  std::array<char, 64> answer;
  {
    tcp_stream peer = *tcp_stream::connect(where).within(soon).wait();
    ASSERT_TRUE(peer.send("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n").wait());
    EXPECT_TRUE(s.complains("does not speak as `fairlead bench` does\n"));
    (void)peer.recv(answer).within(soon).wait();
  }
  {
    tcp_stream peer = *tcp_stream::connect(where).within(soon).wait();
    ASSERT_TRUE(peer.send(wrong).wait());
    record told;
    ASSERT_TRUE(peer.recv_exactly(told).within(soon).wait());
    EXPECT_EQ(parse_report(told)->why, refusal::mode);
    EXPECT_EQ(peer.recv(answer).within(soon).wait().value(), 0U);
    ASSERT_TRUE(peer.shutdown().wait());
    EXPECT_TRUE(s.complains("asks for what this version cannot do\n"));
  }
  {
    tcp_stream peer = *tcp_stream::connect(where).within(soon).wait();
    ASSERT_TRUE(peer.send(to_bytes(hello{mode::bulk, back, 64, 1s})).wait());
    ASSERT_TRUE(peer.send("but I send").wait());
    EXPECT_TRUE(s.complains("sends although it asked to receive only\n"));
  }
  EXPECT_EQ(bench_client({s.address(), "--connections", "1"}).status, 0);
}

}  // namespace
