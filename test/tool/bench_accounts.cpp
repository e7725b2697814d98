// SPDX-License-Identifier: MIT
// What the report of a measuring server says of its clients: when each came, and when it went.
#include <signal.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tool/bench_running.hpp"
#include "tool/reporting.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;
using nlohmann::json;

class BenchAccounts : public Report {
 protected:
  // The server's conversations, after two measurements one after the other.
  [[nodiscard]] json after_two(const std::string& address, const std::vector<std::string>& servers,
                               std::vector<std::string> clients) const {
    std::vector<std::string> flags = servers;
    flags.insert(flags.end(), {"--report", path()});
    bench_server server({address}, flags);
    clients.insert(clients.begin(), server.address());
    for (int i = 0; i < 2; ++i) {
      const child_outcome o = bench_client(clients);
      EXPECT_EQ(o.status, 0) << o.errors;
    }
    server.signal(SIGINT);
    EXPECT_EQ(server.status(), 128 + SIGINT);
    return written()["conversations"];
  }
};

TEST_F(BenchAccounts, OfIperf3BeginWithTheTestAndLastAsLong) {
  const json all = after_two("tcp://127.0.0.1:0", {"--iperf3"}, {"--iperf3"});
  EXPECT_EQ(all["count"], 2);
  EXPECT_EQ(all["over"], 2);
  for (const json& c : all["listed"]) EXPECT_GE(c["seconds"].get<double>(), 0.3) << c;
}

TEST_F(BenchAccounts, OfDatagramsEndWhenTheClientHasItsReport) {
  for (const char* const what : {"--reverse", "--both"}) {
    const json all = after_two("udp://127.0.0.1:0", {}, {what, "--rate", "1000", "--size", "100"});
    EXPECT_EQ(all["count"], 2);
    ASSERT_EQ(all["listed"].size(), 2U);
    const json& first = all["listed"].at(0);
    EXPECT_EQ(first["there"]["ended"], "fin");
    EXPECT_GT(first["back"]["messages"], 0);
    EXPECT_LE(first["began"].get<double>() + first["seconds"].get<double>(),
              all["listed"].at(1)["began"].get<double>());
  }
}

TEST_F(BenchAccounts, NameTheSignalAsTheReportDoes) {
  const bench_server server({"tcp://127.0.0.1:0"});
  running client(fairlead_command({"bench", server.address(), "--json", "--time", "1h", "--report", path()}));
  ASSERT_TRUE(client.says("\"type\":\"interval\"")) << client.errors();
  client.signal(SIGINT);
  EXPECT_EQ(client.status(), 128 + SIGINT);
  EXPECT_EQ(json::parse(result_of(client.output()))["signal"], "SIGINT");
  EXPECT_EQ(written()["signal"], "SIGINT");
  EXPECT_EQ(written()["result"]["signal"], "SIGINT");
}

}  // namespace
