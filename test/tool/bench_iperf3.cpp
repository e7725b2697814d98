// SPDX-License-Identifier: MIT
// fairlead bench --iperf3: the real iperf3 at the other end, and ourselves.
#include <signal.h>

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tool/bench_running.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;

using words = std::vector<std::string>;

class BenchIperf3 : public guarded<> {};

// The real server.
class real_server : public running {
 public:
  explicit real_server(const std::string& port)
      : running({"iperf3", "-s", "-B", "127.0.0.1", "-p", port, "--forceflush"}), port_(port) {}
  // Waits until it listens for the next test: after each it closes its listener, with whoever has come
  // meanwhile, and opens another one.
  [[nodiscard]] bool ready() { return says("(test #" + std::to_string(++tests_) + ')'); }
  [[nodiscard]] std::string at(const std::string& scheme) const { return scheme + "://127.0.0.1:" + port_; }

 private:
  std::string port_;
  int tests_ = 0;
};

bench_server our_server() { return bench_server({"tcp://127.0.0.1:0"}, {"--iperf3"}); }

std::string port_of(const std::string& address) { return address.substr(address.rfind(':') + 1); }

std::string result_with(const std::string& address, const words& more, const std::string& time) {
  words all = {address, "--iperf3"};
  all.insert(all.end(), more.begin(), more.end());
  const child_outcome o = bench_client(all, time);
  EXPECT_EQ(o.status, 0) << o.errors;
  return result_of(o.output);
}

// Gives the result of one test: with these flags, for this time.
using tester = std::function<std::string(const words& more, const std::string& time)>;

tester at_ours(const std::string& address) {
  return [address](const words& more, const std::string& time) { return result_with(address, more, time); };
}
tester at_real(real_server& s, const std::string& scheme) {
  return [&s, scheme](const words& more, const std::string& time) {
    EXPECT_TRUE(s.ready()) << s.output() << s.errors();
    return result_with(s.at(scheme), more, time);
  };
}

// `iperf3 -c …`, to its end.
child_outcome real_client(const std::string& port, const std::string& flags) {
  return run_program({"/bin/sh", "-c", "exec iperf3 -c 127.0.0.1 -p " + port + ' ' + flags}, {});
}

void expect_bytes_moved_both_ways(const tester& result) {
  const std::string there = result({}, "100ms");
  EXPECT_GT(number_in(there, "bytes_sent"), 0) << there;
  EXPECT_GT(number_in(there, "bytes_received", "server"), 0) << there;
  const std::string back = result({"--reverse", "--streams", "2"}, "100ms");
  EXPECT_EQ(number_in(back, "bytes_sent"), 0) << back;
  EXPECT_GT(number_in(back, "bytes_received"), 0) << back;
  EXPECT_GE(number_in(back, "bytes_sent", "server"), number_in(back, "bytes_received")) << back;
  const std::string both = result({"--both", "--streams", "3", "--size", "1000"}, "100ms");
  EXPECT_GT(number_in(both, "bytes_sent"), 0) << both;
  EXPECT_GT(number_in(both, "bytes_received"), 0) << both;
  EXPECT_GT(number_in(both, "bytes_received", "server"), 0) << both;
}

void expect_datagrams_both_ways(const tester& result) {
  const words paced = {"--rate", "2000", "--streams", "2"};
  const std::string there = result(paced, "200ms");
  EXPECT_GT(number_in(there, "received", "to_server"), 0) << there;
  EXPECT_LE(number_in(there, "received", "to_server"), number_in(there, "sent", "to_server")) << there;
  EXPECT_LE(number_in(there, "sent", "to_server"), 2000) << there;
  words more = paced;
  more.push_back("--reverse");
  const std::string back = result(more, "200ms");
  EXPECT_GT(number_in(back, "received", "from_server"), 0) << back;
  EXPECT_LE(number_in(back, "sent", "from_server"), 2000) << back;
  EXPECT_GE(number_in(back, "jitter_s", "from_server"), 0) << back;
  more.back() = "--both";
  const std::string both = result(more, "200ms");
  EXPECT_GT(number_in(both, "received", "to_server"), 0) << both;
  EXPECT_GT(number_in(both, "received", "from_server"), 0) << both;
  // As many as go: what is lost is counted by whoever receives.
  const std::string flood = result({"--streams", "2"}, "100ms");
  EXPECT_GT(number_in(flood, "sent", "to_server"), 2000) << flood;
  EXPECT_LE(number_in(flood, "received", "to_server") + number_in(flood, "lost", "to_server"),
            number_in(flood, "sent", "to_server"))
      << flood;
}

TEST_F(BenchIperf3, MovesBulkWithARealServerInEitherDirectionAndInBoth) {
  FAIRLEAD_NEEDS("iperf3");
  real_server s(free_port());
  expect_bytes_moved_both_ways(at_real(s, "tcp"));
}

TEST_F(BenchIperf3, CountsTheDatagramsOfARealServer) {
  FAIRLEAD_NEEDS("iperf3");
  real_server s(free_port());
  expect_datagrams_both_ways(at_real(s, "udp"));
}

TEST_F(BenchIperf3, DoesNotCountTheWarmUp) {
  FAIRLEAD_NEEDS("iperf3");
  real_server s(free_port());
  const tester result = at_real(s, "udp");
  for (const char* const direction : {"--both", "--reverse"}) {
    // That would be 300 more. A busy machine measures a little longer than it should.
    const std::string line = result({direction, "--rate", "100", "--warmup", "3s"}, "200ms");
    EXPECT_LT(number_in(line, "sent", "from_server"), 200) << line;
    EXPECT_LT(number_in(line, "received", "from_server"), 200) << line;
    EXPECT_LT(number_in(line, "received", "to_server"), 200) << line;
  }
}

TEST_F(BenchIperf3, MeasuresWithOurselvesOverEveryTransport) {
  const bench_server s = our_server();
  expect_bytes_moved_both_ways(at_ours(s.address()));
  expect_datagrams_both_ways(at_ours("udp://127.0.0.1:" + port_of(s.address())));
}

TEST_F(BenchIperf3, ServesARealClientInEitherDirectionAndInBoth) {
  FAIRLEAD_NEEDS("iperf3");
  bench_server s = our_server();
  const std::string port = port_of(s.address());
  for (const char* const flags : {"-n 1M", "-n 3M -P 3", "-n 3M -R", "-n 3M -R -P 3 -w 100k -N",
                                  "-k 20 --bidir", "-n 1M --bidir -P 2", "-t 1 -b 10M -R"}) {
    const child_outcome o = real_client(port, std::string(flags) + " -J");
    EXPECT_EQ(o.status, 0) << flags << o.output;
    EXPECT_GT(number_in(o.output, "bytes", "sum_sent"), 0) << flags << o.output;
    EXPECT_GT(number_in(o.output, "bytes", "sum_received"), 0) << flags << o.output;
  }
  s.signal(SIGINT);
  EXPECT_EQ(s.status(), 128 + SIGINT);
  EXPECT_EQ(lines_of(s.errors()).size(), 1U) << s.errors();
}

TEST_F(BenchIperf3, ServesTheDatagramsOfARealClient) {
  FAIRLEAD_NEEDS("iperf3");
  const bench_server s = our_server();
  for (const char* const flags :
       {"-t 1 -b 10M -P 2", "-t 1 -b 10M -l 1400 --bidir", "-t 1 -b 1M -R --udp-counters-64bit"}) {
    const child_outcome o = real_client(port_of(s.address()), std::string("-u -J ") + flags);
    EXPECT_EQ(o.status, 0) << flags << o.output;
    EXPECT_GT(number_in(o.output, "packets", "sum"), 0) << flags << o.output;
    EXPECT_LT(number_in(o.output, "lost_percent", "sum"), 100) << flags << o.output;
  }
}

TEST_F(BenchIperf3, TellsARealClientWhatItCannotDo) {
  FAIRLEAD_NEEDS("iperf3");
  bench_server s = our_server();
  const child_outcome o = real_client(port_of(s.address()), "-C cubic -R -t 1");
  EXPECT_EQ(o.status, 1);
  EXPECT_NE(o.errors.find("not implemented"), std::string::npos) << o.errors << o.output;
  EXPECT_TRUE(s.complains("congestion: fairlead cannot send like that")) << s.errors();
}

TEST_F(BenchIperf3, OneTestAtATimeAndTheOthersAreToldSo) {
  FAIRLEAD_NEEDS("iperf3");
  const bench_server ours = our_server();
  real_server real(free_port());
  ASSERT_TRUE(real.ready()) << real.errors();
  for (const std::string& address : {ours.address(), real.at("tcp")}) {
    running first(fairlead_command({"bench", address, "--iperf3", "--json", "--time", "1h"}));
    EXPECT_TRUE(first.says("\"interval\"")) << first.errors();
    const child_outcome second = bench_client({address, "--iperf3"});
    EXPECT_EQ(second.status, 1);
    EXPECT_EQ(second.errors, "fairlead: " + address + ": it is busy with another test; try again later\n");
    if (address == ours.address()) {
      const child_outcome third = real_client(port_of(address), "-t 1");
      EXPECT_EQ(third.status, 1);
      EXPECT_NE(third.errors.find("busy"), std::string::npos) << third.errors << third.output;
    }
    first.signal(SIGINT);
    EXPECT_EQ(first.status(), 128 + SIGINT);
    EXPECT_GT(number_in(result_of(first.output()), "bytes_received", "server"), 0) << first.output();
  }
}

TEST_F(BenchIperf3, TellsWhatWasMeasuredUntilTheServerDied) {
  FAIRLEAD_NEEDS("iperf3");
  for (const char* const scheme : {"tcp", "udp"}) {
    for (const int how : {SIGKILL, SIGINT}) {
      real_server s(free_port());
      ASSERT_TRUE(s.ready()) << s.errors();
      running client(fairlead_command({"bench", s.at(scheme), "--iperf3", "--json", "--time", "1h", "--both",
                                       "--rate", "100", "--streams", "2"}));
      if (std::string(scheme) == "tcp") {
        EXPECT_EQ(client.status(), 2) << "bytes have no rate";
        continue;
      }
      EXPECT_TRUE(client.says("\"interval\"")) << client.errors();
      s.signal(how);
      EXPECT_EQ(client.status(), 1);
      const std::string line = result_of(client.output());
      EXPECT_GT(number_in(line, "bytes_sent"), 0) << line;
      EXPECT_NE(line.find("\"error\":\""), std::string::npos) << line;
      EXPECT_EQ(lines_of(client.errors()).size(), 1U) << client.errors();
    }
  }
}

TEST_F(BenchIperf3, ShowsPeopleWhatBothSidesCounted) {
  const bench_server s = our_server();
  const child_outcome o = fairlead_tool({"bench", s.address(), "--iperf3", "--both", "--time", "100ms"});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_NE(o.output.find("The server says:\n  received "), std::string::npos) << o.output;
  const child_outcome datagrams =
      fairlead_tool({"bench", "udp://127.0.0.1:" + port_of(s.address()), "--iperf3", "--time", "100ms"});
  EXPECT_NE(datagrams.output.find("To the server, as iperf3 counts:\n"), std::string::npos)
      << datagrams.output;
  EXPECT_NE(datagrams.output.find("jitter "), std::string::npos) << datagrams.output;
  for (const std::string& line : lines_of(o.output + datagrams.output))
    EXPECT_LE(columns_of(line), 80U) << line;
}

TEST_F(BenchIperf3, RefusesWhatIperf3HasNoWordsFor) {
  const std::vector<std::pair<words, std::string>> wrong = {
      {{"unix:/tmp/x", "--iperf3"}, "--iperf3: speaks over tcp:// and udp:// only"},
      {{"tcp://[::1]:1", "--iperf3", "--connect"},
       "--iperf3: measures bulk only; --connections and --connect are for `fairlead bench --serve`"},
      {{"tcp://[::1]:1", "--iperf3", "--streams", "129"}, "--streams: iperf3 takes 128 at most"},
      {{"tcp://[::1]:1", "--iperf3", "--warmup", "500ms"}, "--warmup: iperf3 knows whole seconds only"},
      {{"--serve", "udp://[::1]:1", "--iperf3"},
       "udp://[::1]:1: --iperf3 --serve listens at tcp:// addresses, where datagrams come, too"},
      {{"--serve", "tcp://[::1]:1", "--iperf3", "--max-clients", "2"},
       "--max-clients: an iperf3 server has one client at a time"},
  };
  for (auto [asked, sentence] : wrong) {
    asked.insert(asked.begin(), "bench");
    const child_outcome o = fairlead_tool(asked);
    EXPECT_EQ(o.status, 2);
    EXPECT_EQ(lines_of(o.errors).front(), "fairlead: " + sentence);
  }
}

}  // namespace
