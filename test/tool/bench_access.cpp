// SPDX-License-Identifier: MIT
// What `bench --serve` is told of its clients: how fast, how long, how many.
#include <signal.h>

#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"
#include "tool/bench_running.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;
using clock = std::chrono::steady_clock;

double seconds_since(clock::time_point t) { return std::chrono::duration<double>(clock::now() - t).count(); }

class BenchAccess : public guarded<> {
 protected:
  static constexpr double kilo = 1024;

  /// Bytes a second that came, over all the time that the client took, less the burst of a tenth of a second.
  /// What a slow machine adds to the time makes it smaller.
  struct pace {
    double bytes = 0;
    double seconds = 0;
    int status = -1;
    std::string said;
    [[nodiscard]] bool keeps(double rate, double piece) const {
      return bytes > 0 && bytes <= rate * (seconds + 0.1) + piece;
    }
  };
  static pace measured(const bench_server& s, std::vector<std::string> words, const std::string& key,
                       const std::string& within = "") {
    words.insert(words.begin(), s.address());
    const auto begin = clock::now();
    const child_outcome o = bench_client(words, "300ms");
    pace p;
    p.seconds = seconds_since(begin);
    p.said = o.output + o.errors;
    p.status = o.status;
    p.bytes = number_in(result_of(o.output), key, within);
    return p;
  }
  static std::string pin_of(const bench_server& s) {
    const std::size_t at = s.errors().find("sha256:");
    return at == std::string::npos ? "" : s.errors().substr(at, s.errors().find('\n', at) - at);
  }
  static child_outcome served(std::vector<std::string> words) {
    words.insert(words.begin(), {"bench", "--serve"});
    return fairlead_tool(std::move(words));
  }
  temp_dir dir_;
};

TEST_F(BenchAccess, RateOfAServerIsBytesASecondOfEachConnection) {
  // A path of its own for each: the kernel may close the sockets of a server that was killed a while after
  // it.
  for (const std::string& at : {std::string("tcp://127.0.0.1:0"), "unix:" + (dir_ / "stream").string(),
                                "unix-seqpacket:" + (dir_ / "packets").string()}) {
    bench_server s({at}, {"--rate", "200k"});
    const pace p = measured(s, {"--reverse", "--size", "8k"}, "bytes_received");
    EXPECT_EQ(p.status, 0) << at << p.said;
    EXPECT_TRUE(p.keeps(200 * kilo, 8 * kilo)) << at << ' ' << p.bytes << " in " << p.seconds;
  }
}

TEST_F(BenchAccess, RateOfAServerBoundsWhatComesToo) {
  bench_server s({"unix:" + (dir_ / "s").string()}, {"--rate", "1m"});
  // What the socket holds has been sent, but has not come.
  const pace p = measured(s, {"--size", "1k"}, "bytes_sent");
  EXPECT_EQ(p.status, 0) << p.said;
  EXPECT_TRUE(p.keeps(1024 * kilo, 512 * kilo)) << p.bytes << " in " << p.seconds;
}

TEST_F(BenchAccess, RateOfAServerIsKeptOverTls) {
  bench_server s({"tls://127.0.0.1:0"}, {"--rate", "200k"});
  ASSERT_TRUE(s.complains("listening "));
  const std::size_t at = s.errors().find("listening ") + 10;
  const auto begin = clock::now();
  const child_outcome o =
      bench_client({s.errors().substr(at, s.errors().find('\n', at) - at), "--reverse", "--pin", pin_of(s)});
  EXPECT_EQ(o.status, 0) << o.errors;
  const double bytes = number_in(result_of(o.output), "bytes_received");
  EXPECT_GT(bytes, 0);
  EXPECT_LE(bytes, 200 * kilo * (seconds_since(begin) + 0.1) + 128 * kilo);
}

TEST_F(BenchAccess, RateOfAServerDropsTheDatagramsThatAreTooMany) {
  for (const std::string& at : {std::string("udp://127.0.0.1:0"), "unix-dgram:" + (dir_ / "d").string()}) {
    bench_server s({at}, {"--rate", "100k"});
    const pace there = measured(s, {"--size", "1000"}, "received", "to_server");
    EXPECT_EQ(there.status, 0) << at << there.said;
    EXPECT_GT(there.bytes, 0) << at;
    EXPECT_LE(there.bytes * 1000, 100 * kilo * (there.seconds + 0.1) + 1000) << at;
    const pace back = measured(s, {"--size", "1000", "--reverse"}, "bytes_received");
    EXPECT_TRUE(back.keeps(100 * kilo, 1000)) << at << ' ' << back.bytes << " in " << back.seconds;
  }
}

TEST_F(BenchAccess, RateOfAServerHoldsAnswersBackWhereRequestsWaitForThem) {
  bench_server s({"udp://127.0.0.1:0"}, {"--rate", "10k"});
  const pace p = measured(s, {"--connections", "1", "--size", "100"}, "requests");
  EXPECT_EQ(p.status, 0) << p.said;
  EXPECT_GT(p.bytes, 0) << p.said;
  EXPECT_LE(p.bytes * 100, 10 * kilo * (p.seconds + 0.1) + 100);
  EXPECT_EQ(number_in(result_of(p.said), "unanswered"), 0) << p.said;
}

TEST_F(BenchAccess, RateAllIsForAllConnectionsTogether) {
  bench_server s({"tcp://127.0.0.1:0"}, {"--rate-all", "100k"});
  const pace p = measured(s, {"--reverse", "--streams", "4", "--size", "1k"}, "bytes_received");
  EXPECT_EQ(p.status, 0) << p.said;
  EXPECT_TRUE(p.keeps(100 * kilo, 4 * kilo)) << p.bytes << " in " << p.seconds;
}

TEST_F(BenchAccess, RateOfAServerIsReadAsThatOfEveryListener) {
  for (const std::string text : {"12x", "0", "1.5m", "k"}) {
    const child_outcome ours = served({"tcp://127.0.0.1:0", "--rate", text});
    const child_outcome theirs = fairlead_tool({"listen", "tcp://127.0.0.1:0", "--rate", text});
    EXPECT_EQ(ours.status, 2) << text;
    EXPECT_EQ(ours.errors, theirs.errors);
  }
  // The order of the flags does not matter, and without --serve it is a number as before.
  const child_outcome before = fairlead_tool({"bench", "-r", "12x", "-s", "tcp://127.0.0.1:0"});
  EXPECT_NE(before.errors.find("'x' is not a unit of size"), std::string::npos) << before.errors;
  const child_outcome client = fairlead_tool({"bench", "tcp://127.0.0.1:1", "--rate", "12k"});
  EXPECT_EQ(client.status, 2);
  EXPECT_NE(client.errors.find("--rate 12k: must be a number from 1 to 1000000"), std::string::npos)
      << client.errors;
}

TEST_F(BenchAccess, IdleEndsASessionOnWhichNothingMoves) {
  bench_server s({"tcp://127.0.0.1:0"}, {"--idle", "1s"});
  running silent(fairlead_command({"connect", s.address(), "--no-shutdown"}));
  EXPECT_TRUE(s.complains(": silent for 1 s")) << s.errors();
  silent.close_input();
  EXPECT_EQ(silent.status(), 0) << silent.errors();
  // What is at work is not silent.
  EXPECT_EQ(bench_client({s.address(), "--reverse"}, "1200ms").status, 0);
  EXPECT_EQ(bench_client({s.address(), "--connections", "2"}, "1200ms").status, 0);
}

TEST_F(BenchAccess, IdleFreesThePlacesOfDatagrams) {
  bench_server s({"udp://127.0.0.1:0"}, {"--idle", "100ms", "--max-clients", "1", "--verbose"});
  running first(fairlead_command({"bench", s.address(), "--time", "20s"}));
  EXPECT_TRUE(s.complains(": a session")) << s.errors();
  first.signal(SIGKILL);
  (void)first.status();
  child_outcome o;
  for (int tries = 0; tries < 200; ++tries) {
    o = bench_client({s.address()});
    if (o.status == 0) break;
  }
  EXPECT_EQ(o.status, 0) << o.errors;
}

TEST_F(BenchAccess, OnceEndsAfterTheFirstClientWithAllItsConnections) {
  const std::vector<std::vector<std::string>> kinds = {{"--streams", "3"}, {"--connect"}};
  for (const auto& kind : kinds) {
    bench_server s({"tcp://127.0.0.1:0"}, {"--once"});
    std::vector<std::string> words = kind;
    words.insert(words.begin(), s.address());
    EXPECT_EQ(bench_client(words).status, 0) << kind.front();
    EXPECT_EQ(s.status(), 0) << kind.front() << s.errors();
  }
}

TEST_F(BenchAccess, OnceWaitsForAClientThatMeasures) {
  bench_server s({"udp://127.0.0.1:0", "tcp://127.0.0.1:0"}, {"--once"});
  EXPECT_EQ(fairlead_tool({"connect", s.address(1)}, {.input = "hello", .environment = {}}).status, 0);
  EXPECT_TRUE(s.complains("does not speak as")) << s.errors();
  EXPECT_EQ(bench_client({s.address(0)}).status, 0);
  EXPECT_EQ(s.status(), 0) << s.errors();
}

TEST_F(BenchAccess, SaysWhyAFlagIsNotForIt) {
  const struct {
    std::vector<std::string> words;
    std::string sentence;
  } all[] = {
      {{"--rate-all", "1m", "--loops", "2"},
       "--rate-all and --loops: choose one; each loop counts by itself"},
      {{"--once", "--loops", "2"}, "--once and --loops: choose one; each loop counts by itself"},
      {{"--iperf3", "--rate", "1m"}, "--rate: the rate of iperf3 is the client's to choose (its -b)"},
      {{"--iperf3", "--rate-all", "1m"}, "--rate-all: the rate of iperf3 is the client's to choose (its -b)"},
      {{"--iperf3", "--idle", "1m"}, "--idle: a test of iperf3 has a deadline for each step"},
      {{"--iperf3", "--max-per-address", "1"},
       "--max-per-address: an iperf3 server has one client at a time"},
      {{"--time", "1s"}, "--time: is for the client"},
  };
  for (const auto& a : all) {
    std::vector<std::string> words = a.words;
    words.emplace_back("tcp://127.0.0.1:0");
    const child_outcome o = served(words);
    EXPECT_EQ(o.status, 2) << a.sentence;
    EXPECT_NE(o.errors.find(a.sentence), std::string::npos) << o.errors;
  }
  for (const std::string flag : {"--idle=1s", "--once", "--rate-all=1m", "--max-clients=2", "--for=1s"}) {
    const child_outcome o = fairlead_tool({"bench", "tcp://127.0.0.1:1", flag});
    EXPECT_EQ(o.status, 2) << flag;
    EXPECT_NE(o.errors.find(": goes with --serve only"), std::string::npos) << o.errors;
  }
}

TEST_F(BenchAccess, AnIperf3ServerEndsAfterItsFirstTest) {
  bench_server s({"tcp://127.0.0.1:0"}, {"--iperf3", "--once"});
  EXPECT_EQ(bench_client({s.address(), "--iperf3"}, "1s").status, 0);
  EXPECT_EQ(s.status(), 0) << s.errors();
}

}  // namespace
