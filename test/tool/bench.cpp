// SPDX-License-Identifier: MIT
// fairlead bench over connections: what it measures, and how it ends.
#include <signal.h>

#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"
#include "tool/bench_running.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;

class Bench : public guarded<> {
 protected:
  temp_dir dir_;
  [[nodiscard]] std::vector<std::string> everywhere() const {
    return {"tcp://127.0.0.1:0", "unix:" + (dir_ / "stream").string(),
            "unix-seqpacket:" + (dir_ / "records").string(),
            "unix:@fairlead-bench-" + dir_.path().filename().string()};
  }
};

void expect_ordered(const std::string& line) {
  double before = number_in(line, "min", "latency_ns");
  for (const char* const key : {"p50", "p90", "p99", "p99.9", "p99.99", "max"}) {
    const double next = number_in(line, key, "latency_ns");
    EXPECT_GE(next, before) << key << " in " << line;
    before = next;
  }
  EXPECT_GT(before, 0) << line;
}

TEST_F(Bench, CountsRequestsAndTheirLatenciesOnEveryTransportOfOneServer) {
  const bench_server s(everywhere());
  for (std::size_t i = 0; i < everywhere().size(); ++i) {
    for (const char* const size : {"1", "7", "64", "100k"}) {
      const child_outcome o = bench_client({s.address(i), "--connections", "3", "--size", size});
      EXPECT_EQ(o.status, 0) << s.address(i) << ' ' << o.errors;
      const std::string line = result_of(o.output);
      const double requests = number_in(line, "requests");
      EXPECT_GE(requests, 1) << line;
      EXPECT_GE(number_in(line, "bytes_sent"), requests * number_in(line, "size")) << line;
      EXPECT_EQ(number_in(line, "unanswered"), 0) << line;
      expect_ordered(line);
    }
  }
}

TEST_F(Bench, MovesBulkInEitherDirectionAndInBoth) {
  const bench_server s(everywhere());
  for (std::size_t i = 0; i < everywhere().size(); ++i) {
    const std::string there = result_of(bench_client({s.address(i), "--streams", "2"}).output);
    EXPECT_GT(number_in(there, "bytes_sent"), 0) << there;
    EXPECT_EQ(number_in(there, "bytes_received"), 0) << there;
    const std::string back = result_of(bench_client({s.address(i), "--reverse"}).output);
    EXPECT_EQ(number_in(back, "bytes_sent"), 0) << back;
    EXPECT_GT(number_in(back, "bytes_received"), 0) << back;
    const std::string both = result_of(bench_client({s.address(i), "--both", "--size", "1000"}).output);
    EXPECT_GT(number_in(both, "bytes_sent"), 0) << both;
    EXPECT_GT(number_in(both, "bytes_received"), 0) << both;
    for (const std::string& line : {there, back, both}) EXPECT_EQ(number_in(line, "exit_status"), 0) << line;
  }
}

TEST_F(Bench, CountsConnectionsWhichEndAtOnce) {
  const bench_server s(everywhere());
  for (std::size_t i = 0; i < everywhere().size(); ++i) {
    const child_outcome o = bench_client({s.address(i), "--connect", "--connections", "2"});
    EXPECT_EQ(o.status, 0) << o.errors;
    const std::string line = result_of(o.output);
    EXPECT_GE(number_in(line, "connections"), 1) << line;
    expect_ordered(line);
  }
}

TEST_F(Bench, SendsAsManyRequestsAsAreDueAtAFixedRate) {
  const bench_server s(everywhere());
  for (std::size_t i = 0; i < everywhere().size(); ++i) {
    const std::string line =
        result_of(bench_client({s.address(i), "--rate", "1000", "--connections", "3"}, "200ms").output);
    EXPECT_EQ(
        number_in(line, "count", "latency_ns") + number_in(line, "unsent") + number_in(line, "unanswered"),
        200)
        << line;
    EXPECT_GT(number_in(line, "count", "latency_ns"), 0) << line;
  }
}

TEST_F(Bench, DoesNotCountTheWarmUp) {
  const bench_server s({"tcp://127.0.0.1:0"});
  const child_outcome o = bench_client({s.address(), "--rate", "1000", "--warmup", "100ms"}, "100ms");
  const std::string line = result_of(o.output);
  EXPECT_LE(number_in(line, "count", "latency_ns"), 101) << line;
  EXPECT_EQ(number_in(line, "warmup_s"), 0.1);
}

TEST_F(Bench, ServesManyClientsAtOnceAndEndsGracefully) {
  bench_server s(everywhere(), {"--verbose"});
  running first(
      fairlead_command({"bench", s.address(0), "--json", "--time", "300ms", "--connections", "20"}));
  running second(fairlead_command({"bench", s.address(0), "--json", "--time", "300ms", "--both"}));
  running third(fairlead_command({"bench", s.address(1), "--json", "--time", "300ms"}));
  for (running* const client : {&first, &second, &third}) {
    EXPECT_EQ(client->status(), 0) << client->errors();
    EXPECT_EQ(number_in(result_of(client->output()), "exit_status"), 0) << client->output();
  }
  s.signal(SIGINT);
  EXPECT_EQ(s.status(), 128 + SIGINT);
  EXPECT_FALSE(exists(dir_ / "stream"));
  EXPECT_FALSE(exists(dir_ / "records"));
}

TEST_F(Bench, ServesOnSeveralLoops) {
  std::vector<std::string> addresses = everywhere();
  addresses.push_back("udp://127.0.0.1:0");
  addresses.push_back("unix-dgram:" + (dir_ / "datagrams").string());
  bench_server s(addresses, {"--loops", "3"});
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    // Of many connections some come to each loop.
    const child_outcome requests = bench_client({s.address(i), "--connections", "20"});
    EXPECT_EQ(requests.status, 0) << requests.errors;
    const child_outcome bulk = bench_client({s.address(i), "--streams", "8", "--both"});
    EXPECT_EQ(bulk.status, 0) << bulk.errors;
  }
  // Those who measure finish, on whichever loop they are; the others wait for them.
  running client(
      fairlead_command({"bench", s.address(0), "--json", "--time", "1500ms", "--connections", "10"}));
  EXPECT_TRUE(client.says("\"interval\""));
  s.signal(SIGINT);
  EXPECT_EQ(client.status(), 0) << client.errors();
  EXPECT_EQ(s.status(), 128 + SIGINT);
  EXPECT_FALSE(exists(dir_ / "stream"));
  EXPECT_FALSE(exists(dir_ / "datagrams"));
}

TEST_F(Bench, MeasuresOnSeveralLoopsAsIfTheyWereOne) {
  const bench_server s({"tcp://127.0.0.1:0", "udp://127.0.0.1:0"});
  for (const std::size_t i : {0U, 1U}) {
    const std::string requests =
        result_of(bench_client({s.address(i), "--connections", "7", "--loops", "3"}).output);
    EXPECT_EQ(number_in(requests, "loops"), 3) << requests;
    EXPECT_GE(number_in(requests, "requests"), 7) << requests;
    expect_ordered(requests);
    const std::string rate = result_of(
        bench_client({s.address(i), "--connections", "7", "--loops", "3", "--rate", "1000"}, "200ms").output);
    // A loop that is a little late ends with the others.
    EXPECT_GT(number_in(rate, "count", "latency_ns") + number_in(rate, "unanswered"), 0) << rate;
    EXPECT_LE(number_in(rate, "count", "latency_ns"), 200) << rate;
    const child_outcome bulk = bench_client({s.address(i), "--streams", "2", "--loops", "100", "--both"});
    EXPECT_EQ(lines_of(bulk.output).size(), 2U) << bulk.output;
    const std::string line = result_of(bulk.output);
    EXPECT_EQ(number_in(line, "loops"), 2) << "a loop without a connection has nothing to do " << line;
    EXPECT_GT(number_in(line, "bytes_sent"), 0) << line;
    EXPECT_GT(number_in(line, "bytes_received"), 0) << line;
    EXPECT_EQ(number_in(line, "exit_status"), 0) << line;
  }
}

TEST_F(Bench, SeveralLoopsEndTogetherWhateverHappens) {
  for (const int server_gets : {0, SIGKILL}) {
    bench_server s({"tcp://127.0.0.1:0"});
    running client(fairlead_command(
        {"bench", s.address(), "--json", "--time", "1h", "--connections", "6", "--loops", "3"}));
    EXPECT_TRUE(client.says("\"interval\""));
    if (server_gets != 0) {
      s.signal(server_gets);
      EXPECT_EQ(client.status(), 1);
      EXPECT_EQ(lines_of(client.errors()).size(), 1U) << client.errors();
    } else {
      client.signal(SIGINT);
      EXPECT_EQ(client.status(), 128 + SIGINT);
    }
    EXPECT_GT(number_in(result_of(client.output()), "requests"), 0) << client.output();
  }
  // On epoll: here a loop ends before the next one is made, and ThreadSanitizer does not see that a ring's
  // memory, which liburing maps by itself, has changed hands.
  const child_outcome nobody =
      fairlead_tool({"bench", "unix:" + (dir_ / "nobody").string(), "--connections", "6", "--loops", "3"},
                    {.input = {}, .environment = {{"FAIRLEAD_BACKEND", "epoll"}}});
  EXPECT_EQ(nobody.status, 1);
  EXPECT_EQ(lines_of(nobody.errors).size(), 1U) << nobody.errors;
}

TEST_F(Bench, ASecondSignalEndsEveryLoopAtOnce) {
  bench_server s({"tcp://127.0.0.1:0", "udp://127.0.0.1:0"}, {"--loops", "3", "--verbose"});
  running client(fairlead_command({"bench", s.address(0), "--json", "--time", "1h", "--connections", "10"}));
  EXPECT_TRUE(client.says("\"interval\""));
  s.signal(SIGINT);
  EXPECT_TRUE(s.complains("once more to leave at once"));
  s.signal(SIGTERM);
  EXPECT_EQ(s.status(), 128 + SIGTERM);
  EXPECT_EQ(client.status(), 1);
}

TEST_F(Bench, PollsWhereItIsToldTo) {
  for (const char* const how : {"off", "adaptive", "always"}) {
    const bench_server s({"tcp://127.0.0.1:0"}, {"--polling", how});
    const child_outcome o = bench_client({s.address(), "--connections", "1", "--polling", how});
    EXPECT_EQ(o.status, 0) << o.errors;
    EXPECT_EQ(o.errors, "");
  }
}

TEST_F(Bench, LetsThoseWhoMeasureFinishWhenTheServerIsInterrupted) {
  bench_server s({"tcp://127.0.0.1:0"}, {"--verbose"});
  running client(fairlead_command({"bench", s.address(), "--json", "--time", "300ms"}));
  EXPECT_TRUE(s.complains("accepted"));
  s.signal(SIGTERM);
  EXPECT_EQ(client.status(), 0) << client.errors();
  EXPECT_EQ(s.status(), 128 + SIGTERM);
}

TEST_F(Bench, TellsWhatWasMeasuredUntilItIsInterrupted) {
  bench_server s({"tcp://127.0.0.1:0"});
  for (const std::vector<std::string>& mode : std::vector<std::vector<std::string>>{
           {"--both"}, {"--connections", "5"}, {"--rate", "100"}, {"--connect"}}) {
    std::vector<std::string> words = {"bench", s.address(), "--json", "--time", "1h"};
    words.insert(words.end(), mode.begin(), mode.end());
    running client(fairlead_command(words));
    EXPECT_TRUE(client.says("\"interval\""));
    client.signal(SIGINT);
    EXPECT_EQ(client.status(), 128 + SIGINT);
    const std::string line = result_of(client.output());
    EXPECT_TRUE(line.contains("\"signal\":\"SIGINT\"")) << line;
    EXPECT_EQ(number_in(line, "exit_status"), 128 + SIGINT);
    EXPECT_GT(number_in(line, "measured_s"), 0.9);
    EXPECT_EQ(client.errors(), "") << mode.front();
  }
}

TEST_F(Bench, TellsWhatWasMeasuredUntilTheServerDied) {
  for (const std::vector<std::string>& mode :
       std::vector<std::vector<std::string>>{{"--streams", "2"}, {"--connections", "2"}, {"--rate", "100"}}) {
    bench_server s({"tcp://127.0.0.1:0"});
    std::vector<std::string> words = {"bench", s.address(), "--json", "--time", "1h"};
    words.insert(words.end(), mode.begin(), mode.end());
    running client(fairlead_command(words));
    EXPECT_TRUE(client.says("\"interval\""));
    s.signal(SIGKILL);
    EXPECT_EQ(client.status(), 1);
    const std::string line = result_of(client.output());
    EXPECT_GT(number_in(line, "bytes_sent"), 0) << line;
    EXPECT_NE(line.find("\"error\":\""), std::string::npos) << line;
    EXPECT_EQ(client.errors().substr(0, 10), "fairlead: ");
  }
}

TEST_F(Bench, ShowsATableAndAChartToPeople) {
  const bench_server s({"tcp://127.0.0.1:0"});
  const child_outcome o = fairlead_tool({"bench", s.address(), "--time", "100ms", "--connections", "2"});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_EQ(o.errors, "");
  EXPECT_NE(o.output.find(s.address() + ": 2 connections, requests of 64 B, one after the other"),
            std::string::npos)
      << o.output;
  for (const char* const word : {"requests", " a second\n", "p99.99", "█", " – "}) {
    EXPECT_NE(o.output.find(word), std::string::npos) << o.output;
  }
  EXPECT_EQ(o.output.find('\033'), std::string::npos);
  for (const std::string& line : lines_of(o.output)) EXPECT_LE(columns_of(line), 80U) << line;
  const child_outcome bulk = fairlead_tool({"bench", s.address(), "--time", "100ms"});
  EXPECT_NE(bulk.output.find("/s ("), std::string::npos) << bulk.output;
  EXPECT_NE(bulk.output.find("bit/s)\n"), std::string::npos) << bulk.output;
}

TEST_F(Bench, WritesOneJsonObjectALine) {
  if (!has_program("python3")) GTEST_SKIP() << "python3 is not on this machine";
  const bench_server s({"tcp://127.0.0.1:0"});
  std::string lines;
  for (const std::vector<std::string>& mode : std::vector<std::vector<std::string>>{
           {}, {"--both"}, {"--connections", "2"}, {"--connect"}, {"--rate", "50"}}) {
    std::vector<std::string> words = {s.address()};
    words.insert(words.end(), mode.begin(), mode.end());
    const child_outcome o = bench_client(words);
    EXPECT_EQ(lines_of(o.output).size(), 2U) << o.output;  // what is left of the second, and the result
    lines += o.output;
  }
  const std::string script = dir_.write("read.py",
                                        "import json, sys\n"
                                        "for line in sys.stdin: print(json.loads(line)['type'])\n");
  const child_outcome read =
      run_program({"/bin/sh", "-c", "exec python3 " + script}, {.input = lines, .environment = {}});
  EXPECT_EQ(read.status, 0) << read.errors;
  EXPECT_EQ(read.output,
            "interval\nresult\ninterval\nresult\ninterval\nresult\ninterval\nresult\ninterval\nresult\n");
}

}  // namespace
