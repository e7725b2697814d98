// SPDX-License-Identifier: MIT
// fairlead bench over datagrams: what gets lost is counted, and nobody is flooded who did not ask.
#include <signal.h>

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <fairlead/udp.hpp>

#include "bench/packet.hpp"
#include "support/free_port.hpp"
#include "support/temp_dir.hpp"
#include "tool/bench_running.hpp"

namespace {

using namespace fairlead;
using namespace fairlead::testing;
using namespace tool_test;
using namespace tool::bench_parts;
using namespace std::chrono_literals;

class BenchDatagrams : public guarded<> {
 protected:
  temp_dir dir_;
  [[nodiscard]] std::vector<std::string> everywhere() const {
    return {"udp://127.0.0.1:0", "unix-dgram:" + (dir_ / "d").string()};
  }
};

void expect_sums(const std::string& line, const std::string& which) {
  EXPECT_GT(number_in(line, "received", which), 0) << line;
  EXPECT_EQ(number_in(line, "lost", which), number_in(line, "sent", which) -
                                                number_in(line, "received", which) +
                                                number_in(line, "duplicates", which))
      << line;
  EXPECT_EQ(number_in(line, "duplicates", which), 0) << line;
}

TEST_F(BenchDatagrams, CountsWhatGetsLostInEachDirection) {
  const bench_server s(everywhere());
  for (const std::size_t i : {0U, 1U}) {
    const child_outcome there = bench_client({s.address(i), "--streams", "2"});
    EXPECT_EQ(there.status, 0) << there.errors;
    expect_sums(result_of(there.output), "to_server");
    const child_outcome back = bench_client({s.address(i), "--reverse"});
    EXPECT_EQ(back.status, 0) << back.errors;
    expect_sums(result_of(back.output), "from_server");
    const child_outcome both = bench_client({s.address(i), "--both", "--rate", "1000", "--size", "40"});
    EXPECT_EQ(both.status, 0) << both.errors;
    expect_sums(result_of(both.output), "to_server");
    expect_sums(result_of(both.output), "from_server");
  }
}

TEST_F(BenchDatagrams, UnixDatagramsAreNeverLost) {
  const bench_server s({everywhere().back()});
  const std::string line = result_of(bench_client({s.address(), "--both"}).output);
  for (const char* const which : {"to_server", "from_server"}) {
    EXPECT_EQ(number_in(line, "lost", which), 0) << line;
    EXPECT_EQ(number_in(line, "reordered", which), 0) << line;
  }
}

TEST_F(BenchDatagrams, TellsWhatTheKernelDropped) {
  // A receiving socket that has room for next to nothing.
  const bench_server s({"udp://127.0.0.1:0?rcvbuf=0"});
  const std::string line = result_of(bench_client({s.address()}).output);
  EXPECT_GT(number_in(line, "kernel_drops", "to_server"), 0) << line;
  EXPECT_GT(number_in(line, "lost", "to_server"), 0) << line;
  // The kernel counts what it passes on as one, which is up to 64 datagrams, as one.
  EXPECT_GE(number_in(line, "kernel_drops", "to_server") * 64, number_in(line, "lost", "to_server")) << line;
}

TEST_F(BenchDatagrams, SendsAsManyAsAreDueAtAFixedRate) {
  const bench_server s(everywhere());
  for (const std::size_t i : {0U, 1U}) {
    const std::string line =
        result_of(bench_client({s.address(i), "--streams", "3", "--rate", "1000"}, "200ms").output);
    EXPECT_GT(number_in(line, "sent", "to_server"), 0) << line;
    EXPECT_LE(number_in(line, "sent", "to_server"), 200) << line;
  }
}

TEST_F(BenchDatagrams, CountsRequestsAndTheirLatencies) {
  const bench_server s(everywhere());
  for (const std::size_t i : {0U, 1U}) {
    const std::string closed = result_of(bench_client({s.address(i), "--connections", "3"}).output);
    EXPECT_GE(number_in(closed, "requests"), 1) << closed;
    EXPECT_GT(number_in(closed, "p50", "latency_ns"), 0) << closed;
    const std::string open =
        result_of(bench_client({s.address(i), "--connections", "3", "--rate", "1000"}, "200ms").output);
    EXPECT_EQ(
        number_in(open, "count", "latency_ns") + number_in(open, "unsent") + number_in(open, "unanswered"),
        200)
        << open;
  }
}

TEST_F(BenchDatagrams, EndsWhenNobodyIsThere) {
  const deaf_port nobody;
  const child_outcome refused = bench_client({"udp://" + nobody.where().to_string()});
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.errors.find("connection refused"), std::string::npos) << refused.errors;
  const udp_socket silent = udp_socket::bind({ipv4_address::loopback(), port(0)}).value();
  const std::string address = "udp://" + silent.local_endpoint()->to_string();
  const child_outcome o = bench_client({address, "--timeout", "200ms"});
  EXPECT_EQ(o.status, 3);
  EXPECT_EQ(o.errors, "fairlead: " + address + ": no answer; is `fairlead bench --serve` running there?\n");
}

TEST_F(BenchDatagrams, TellsWhatWasMeasuredUntilTheServerDied) {
  bench_server s({"udp://127.0.0.1:0"});
  running client(
      fairlead_command({"bench", s.address(), "--json", "--time", "1h", "--streams", "1", "--rate", "1000"}));
  EXPECT_TRUE(client.says("\"interval\""));
  s.signal(SIGKILL);
  EXPECT_EQ(client.status(), 1);
  const std::string line = result_of(client.output());
  EXPECT_GT(number_in(line, "bytes_sent"), 0) << line;
  EXPECT_NE(line.find("\"error\":\""), std::string::npos) << line;
}

TEST_F(BenchDatagrams, SaysWhyTheServerRefused) {
  const bench_server s({"udp://127.0.0.1:0"}, {"--max-clients", "1"});
  const child_outcome o = bench_client({s.address(), "--streams", "2"});
  EXPECT_EQ(o.status, 1);
  EXPECT_EQ(result_of(o.errors), "fairlead: " + s.address() + ": the server has as many clients as it takes");
}

TEST_F(BenchDatagrams, AServerSendsNothingToWhoHasNotShownThatItHears) {
  bench_server s({"udp://127.0.0.1:0"});
  const ip_endpoint where = *ip_endpoint::parse(s.address().substr(6));
  udp_socket us = udp_socket::bind({ipv4_address::loopback(), port(0)}).value();
  ASSERT_TRUE(us.connect(where));
  datagram_hello wish;
  wish.what = {mode::bulk, back, 1400, 1h};
  std::array<std::byte, packet_size> bytes;
  std::array<std::byte, 2000> into;
  // Junk gets no answer, and neither do numbers that nobody was given.
  ASSERT_TRUE(us.send("junk").wait());
  packet p;
  p.kind = packet_kind::end;
  p.session = 1;
  put_packet(bytes, p);
  ASSERT_TRUE(us.send(bytes).wait());
  // A hello is answered by a datagram that is no larger, twice by the same.
  put_packet(bytes, to_packet(wish, 42));
  std::uint64_t session = 0;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(us.send(bytes).wait());
    const std::size_t n = us.recv(into).within(soon).wait().value();
    EXPECT_EQ(n, packet_size);
    const packet welcome = parse_packet(std::span(into).first(n)).value();
    EXPECT_EQ(welcome.kind, packet_kind::welcome);
    EXPECT_EQ(welcome.sequence, 42U);
    EXPECT_TRUE(session == 0 || session == welcome.session);
    session = welcome.session;
  }
  // Only with the number that was in it does bulk begin; and it ends when it is told to.
  p.kind = packet_kind::alive;
  p.session = session;
  put_packet(bytes, p);
  ASSERT_TRUE(us.send(bytes).wait());
  EXPECT_EQ(us.recv(into).within(soon).wait().value(), 1400U);
  p.kind = packet_kind::end;
  put_packet(bytes, p);
  ASSERT_TRUE(us.send(bytes).wait());
  bool reported = false;
  for (const time_point limit = fairlead::clock::now() + soon; !reported && fairlead::clock::now() < limit;) {
    const auto n = us.recv(into).within(100ms).wait();
    if (!n) {  // the report has found no room where we receive
      ASSERT_EQ(n.error(), errc::timed_out);
      ASSERT_TRUE(us.send(bytes).wait());
      continue;
    }
    const packet came = parse_packet(std::span(into).first(*n)).value();
    reported = came.kind == packet_kind::report;
    EXPECT_TRUE(reported || came.kind == packet_kind::data);
  }
  EXPECT_TRUE(reported);
  s.signal(SIGINT);
  EXPECT_EQ(s.status(), 128 + SIGINT);
}

TEST_F(BenchDatagrams, ServesConnectionsAndDatagramsInOneRun) {
  const bench_server s({"tcp://127.0.0.1:0", "udp://127.0.0.1:0", everywhere().back()});
  for (const std::size_t i : {0U, 1U, 2U}) {
    EXPECT_EQ(bench_client({s.address(i), "--connections", "2"}).status, 0) << s.address(i);
  }
}

}  // namespace
