// SPDX-License-Identifier: MIT
// --report of bench, probe and resolve: what they have found out, once, and where they went for it.
#include <signal.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/black_hole.hpp"
#include "support/name_server.hpp"
#include "tool/bench_running.hpp"
#include "tool/reporting.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;
using nlohmann::json;

using words = std::vector<std::string>;

class ReportOfMeasuring : public Report {
 protected:
  // A measurement against a server that is ended afterwards; both write their reports.
  void measure(const std::string& address, const words& flags, const words& servers = {}) {
    words theirs = servers;
    theirs.insert(theirs.end(), {"--report", path("server.json")});
    bench_server s({address}, theirs);
    ASSERT_NE(s.address(), "") << s.errors();
    words ours = {s.address(), "--report", path("client.json")};
    ours.insert(ours.end(), flags.begin(), flags.end());
    const child_outcome o = bench_client(ours);
    EXPECT_EQ(o.status, 0) << o.errors;
    printed_ = result_of(o.output);
    s.signal(SIGINT);
    EXPECT_EQ(s.status(), 128 + SIGINT);
    address_ = s.address();
    client_ = written("client.json");
    server_ = written("server.json");
    EXPECT_EQ(client_["status"], 0);
    EXPECT_EQ(server_["signal"], "SIGINT");
    EXPECT_EQ(server_["listening"], json::array({address_}));
  }

  std::string printed_;
  std::string address_;
  json client_;
  json server_;
};

TEST_F(ReportOfMeasuring, HasTheResultThatIsPrintedAndWhatEachSideMoved) {
  measure("tcp://127.0.0.1:0", {"--both", "--streams", "2"});
  EXPECT_EQ(client_["result"], json::parse(printed_));
  EXPECT_EQ(client_["dialled"]["count"], 2);
  EXPECT_EQ(client_["dialled"]["listed"].at(1)["to"], address_);
  const json& ours = client_["conversations"];
  const json& theirs = server_["conversations"];
  EXPECT_EQ(ours["count"], 2);
  EXPECT_EQ(theirs["count"], 2);
  EXPECT_EQ(theirs["over"], 2);
  // What the server counts has neither our hello nor its report.
  EXPECT_EQ(ours["there"]["bytes"].get<std::uint64_t>(),
            theirs["there"]["bytes"].get<std::uint64_t>() + 2 * 32);
  EXPECT_EQ(ours["back"]["bytes"].get<std::uint64_t>(),
            theirs["back"]["bytes"].get<std::uint64_t>() + 2 * 32);
  EXPECT_GE(ours["there"]["bytes"], client_["result"]["bytes_sent"]);
  EXPECT_GE(ours["back"]["bytes"], client_["result"]["bytes_received"]);
  EXPECT_EQ(ours["listed"].at(0)["first"], "bench");
  EXPECT_EQ(ours["listed"].at(0)["second"], address_);
  EXPECT_EQ(ours["listed"].at(0)["back"]["ended"], "fin");
  EXPECT_EQ(theirs["listed"].at(0)["there"]["ended"], "fin");
  EXPECT_FALSE(ours["listed"].at(0)["there"].contains("sha256"));
}

TEST_F(ReportOfMeasuring, OfTheDemoHasItsRows) {
  const child_outcome o = fairlead_tool({"demo", "--quiet", "--json", "--report", path("report.json")});
  EXPECT_EQ(o.status, 0) << o.errors;
  const json reported = written("report.json")["result"];
  EXPECT_GT(reported["rows"].size(), 10U);
  EXPECT_EQ(reported, json::parse(o.output));
}

TEST_F(ReportOfMeasuring, OfSeveralLoopsHasAllTheirConnections) {
  measure("tcp://127.0.0.1:0", {"--connections", "4", "--loops", "2", "--size", "100"}, {"--loops", "2"});
  EXPECT_EQ(client_["dialled"]["count"], 4);
  EXPECT_EQ(client_["conversations"]["count"], 4);
  EXPECT_EQ(server_["conversations"]["count"], 4);
  EXPECT_EQ(client_["result"]["loops"], 2);
}

TEST_F(ReportOfMeasuring, OfConnectingListsTheFirstAndCountsAll) {
  measure("tcp://127.0.0.1:0", {"--connect"});
  const json& made = client_["conversations"];
  EXPECT_GE(made["count"], client_["result"]["connections"]);
  EXPECT_EQ(made["count"], client_["dialled"]["count"]);
  EXPECT_LE(made["listed"].size(), 100U);
  EXPECT_EQ(made["listed"].at(0)["back"]["bytes"], 32);
  EXPECT_EQ(server_["conversations"]["count"], made["count"]);
}

TEST_F(ReportOfMeasuring, OfDatagramsCountsThem) {
  measure("udp://127.0.0.1:0", {"--rate", "1000", "--size", "100"});
  const json& ours = client_["conversations"];
  const json& theirs = server_["conversations"];
  EXPECT_EQ(ours["count"], 1);
  EXPECT_EQ(theirs["count"], 1);
  EXPECT_EQ(ours["there"]["messages"], theirs["there"]["messages"]);
  EXPECT_EQ(ours["there"]["bytes"].get<std::uint64_t>(),
            ours["there"]["messages"].get<std::uint64_t>() * 100);
  EXPECT_EQ(ours["back"]["messages"], theirs["back"]["messages"]);
}

TEST_F(ReportOfMeasuring, OfIperf3HasOneConversationForATest) {
  measure("tcp://127.0.0.1:0", {"--iperf3", "--both"}, {"--iperf3"});
  EXPECT_EQ(client_["result"], json::parse(printed_));
  EXPECT_EQ(client_["dialled"]["count"], 1);
  const json& ours = client_["conversations"];
  const json& theirs = server_["conversations"];
  EXPECT_EQ(ours["count"], 1);
  EXPECT_EQ(theirs["count"], 1);
  EXPECT_GE(ours["there"]["bytes"], client_["result"]["bytes_sent"]);
  EXPECT_GT(theirs["there"]["bytes"], 0);
  EXPECT_GT(theirs["back"]["bytes"], 0);
}

TEST_F(ReportOfMeasuring, ThatFailedHasNoResult) {
  const refusing_port nobody(fairlead::ipv4_address::loopback());
  const child_outcome o = fairlead_tool({"bench", "tcp://" + nobody.where().to_string(), "--report", path()});
  EXPECT_EQ(o.status, 1);
  EXPECT_EQ(written()["dialled"]["listed"].at(0)["tried"].at(0)["outcome"], "refused");
  EXPECT_EQ(written()["errors"]["count"], 1);
  EXPECT_FALSE(written().contains("result"));
}

TEST_F(ReportOfMeasuring, ThatWasInterruptedHasWhatWasMeasured) {
  bench_server s({"tcp://127.0.0.1:0"});
  running client(fairlead_command(
      {"bench", s.address(), "--connections", "1", "--time", "1h", "--json", "--report", path()}));
  ASSERT_TRUE(client.says("\"type\":\"interval\"")) << client.output() << client.errors();
  client.signal(SIGINT);
  EXPECT_EQ(client.status(), 128 + SIGINT);
  EXPECT_EQ(written()["result"], json::parse(result_of(client.output())));
  EXPECT_EQ(written()["signal"], "SIGINT");
  EXPECT_EQ(written()["conversations"]["listed"].at(0)["back"]["ended"], "fin");
}

TEST_F(ReportOfMeasuring, OfAServerCountsWhoWasNotLetIn) {
  bench_server s({"tcp://127.0.0.1:0"}, {"--deny", "127.0.0.0/8", "--report", path()});
  EXPECT_EQ(bench_client({s.address()}).status, 1);
  s.signal(SIGTERM);
  EXPECT_EQ(s.status(), 128 + SIGTERM);
  EXPECT_EQ(written()["refused"], (json{{"denied", 1}}));
  EXPECT_FALSE(written().contains("conversations"));
}

TEST_F(ReportOfMeasuring, OfProbingHasEachTryAndWhatIsPrinted) {
  listener echo("tcp://127.0.0.1:0", {"--echo"});
  const refusing_port nobody(fairlead::ipv4_address::loopback());
  const child_outcome o = fairlead_tool({"probe", echo.address(), "tcp://" + nobody.where().to_string(),
                                         "--count", "2", "--interval", "1ms", "--json", "--report", path()});
  EXPECT_EQ(o.status, 1);
  const json r = written();
  EXPECT_EQ(r["dialled"]["count"], 4);
  EXPECT_EQ(r["dialled"]["listed"].at(0)["tried"].at(0)["outcome"], "connected");
  EXPECT_EQ(r["dialled"]["listed"].at(3)["tried"].at(0)["outcome"], "refused");
  EXPECT_EQ(r["probed"]["count"], 2);
  json printed = json::array();
  for (const std::string& line : lines_of(o.output)) printed.push_back(json::parse(line));
  EXPECT_EQ(r["probed"]["listed"], printed);
}

TEST_F(ReportOfMeasuring, OfProbingThatWasInterruptedHasWhatCameBefore) {
  listener echo("tcp://127.0.0.1:0", {"--echo"});
  running probe(
      fairlead_command({"probe", echo.address(), "--interval", "1h", "--verbose", "--report", path()}));
  ASSERT_TRUE(probe.complains(echo.address() + ": ")) << probe.errors();
  probe.signal(SIGINT);
  EXPECT_EQ(probe.status(), 128 + SIGINT);
  EXPECT_EQ(written()["signal"], "SIGINT");
  EXPECT_EQ(written()["probed"]["listed"].at(0)["answered"], 1);
  EXPECT_EQ(written()["dialled"]["count"], 1);
}

TEST_F(ReportOfMeasuring, OfNamesHasTheAnswersWithTheirSource) {
  const scripted_name_server silent([](const dns::question&, const scripted_name_server::answerer&) {});
  const child_outcome o = fairlead_tool({"resolve", "localhost", "a.test", "--timeout", "50ms", "--server",
                                         silent.name(), "--json", "--report", path()});
  EXPECT_EQ(o.status, 3);
  const json looked_up = written()["looked_up"];
  EXPECT_EQ(looked_up["count"], 2);
  json printed = json::array();
  for (const std::string& line : lines_of(o.output)) printed.push_back(json::parse(line));
  EXPECT_EQ(looked_up["listed"], printed);
  EXPECT_TRUE(looked_up["listed"].at(0).contains("source"));
  EXPECT_TRUE(looked_up["listed"].at(1).contains("error"));
}

TEST_F(ReportOfMeasuring, OfNamesThatWereInterruptedHasThoseBefore) {
  const scripted_name_server silent([](const dns::question&, const scripted_name_server::answerer&) {});
  running resolving(fairlead_command(
      {"resolve", "-4", "localhost", "a.test", "--server", silent.name(), "--report", path()}));
  ASSERT_TRUE(resolving.says("127.0.0.1\n")) << resolving.errors();
  resolving.signal(SIGINT);
  EXPECT_EQ(resolving.status(), 128 + SIGINT);
  EXPECT_EQ(written()["signal"], "SIGINT");
  EXPECT_EQ(written()["looked_up"]["count"], 1);
  EXPECT_EQ(written()["looked_up"]["listed"].at(0)["source"], "localhost");
}

}  // namespace
