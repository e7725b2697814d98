// SPDX-License-Identifier: MIT
// --report: what a command did, true in every number, however it ends.
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "evidence/report.hpp"
#include "support/black_hole.hpp"
#include "tool/reporting.hpp"
#include "tool/running.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;
using nlohmann::json;

TEST_F(Report, OfAConversationHasBothDirectionsByTheirSums) {
  listener upper("tcp://127.0.0.1:0", {"--exec", "tr a-z A-Z; echo end"});
  const std::string text(100'000, 'x');
  const child_outcome o =
      fairlead_tool({"connect", upper.address(), "--report", path()}, {.input = text, .environment = {}});
  EXPECT_EQ(o.status, 0);
  EXPECT_EQ(o.errors, "");
  const json r = written();
  EXPECT_EQ(r["command"], "connect");
  EXPECT_EQ(r["arguments"], json::array({upper.address()}));
  EXPECT_EQ(r["status"], 0);
  EXPECT_GT(r["seconds"], 0.0);
  const json& c = r["conversations"]["listed"].at(0);
  EXPECT_EQ(c["first"], "standard input");
  EXPECT_EQ(c["second"], upper.address());
  EXPECT_EQ(c["there"], (json{{"bytes", 100'000}, {"sha256", sum_of(text)}, {"ended", "eof"}}));
  EXPECT_EQ(c["back"], (json{{"bytes", 100'004}, {"sha256", sum_of(o.output)}, {"ended", "fin"}}));
  const json& dialled = r["dialled"]["listed"].at(0);
  EXPECT_EQ(dialled["tried"].at(0)["outcome"], "connected");
  EXPECT_EQ("tcp://" + dialled["tried"].at(0)["address"].get<std::string>(), upper.address());
  EXPECT_FALSE(r.contains("errors"));
}

TEST_F(Report, OfDatagramsCountsThem) {
  listener echo("udp://127.0.0.1:0", {"--echo"});
  running client(fairlead_command({"connect", echo.address(), "--report", path(), "--idle", "1s"}));
  for (const char* const word : {"one", "three"}) EXPECT_TRUE(client.write(word) && client.says(word));
  client.close_input();
  EXPECT_EQ(client.status(), 0) << client.errors();
  const json c = written()["conversations"]["listed"].at(0);
  EXPECT_EQ(c["back"]["messages"], 2);
  EXPECT_EQ(c["back"]["bytes"], 8);
  EXPECT_EQ(c["back"]["sha256"], sum_of("onethree"));
}

TEST_F(Report, OfAFailureTellsWhatWasTriedAndWhy) {
  const refusing_port nobody(fairlead::ipv4_address::loopback());
  const child_outcome o =
      fairlead_tool({"connect", "tcp://" + nobody.where().to_string(), "--report", path()});
  EXPECT_EQ(o.status, 1);
  const json r = written();
  EXPECT_EQ(r["status"], 1);
  const json& dialled = r["dialled"]["listed"].at(0);
  EXPECT_EQ(dialled["tried"].at(0)["outcome"], "refused");
  EXPECT_EQ("fairlead: " + r["errors"]["listed"].at(0).get<std::string>() + "\n", o.errors);
  EXPECT_FALSE(r.contains("conversations"));
}

TEST_F(Report, OfAnInterruptedConversationIsWholeToo) {
  listener silent("tcp://127.0.0.1:0");
  running client(fairlead_command({"connect", silent.address(), "--report", path(), "--verbose"}));
  EXPECT_TRUE(client.write("so far"));
  EXPECT_TRUE(silent.says("so far"));
  client.signal(SIGINT);
  EXPECT_TRUE(client.complains("end of input after 6 bytes"));
  client.signal(SIGINT);  // the other side does not end
  EXPECT_EQ(client.status(), 128 + SIGINT);
  const json r = written();
  EXPECT_EQ(r["status"], 128 + SIGINT);
  EXPECT_EQ(r["signal"], "SIGINT");
  const json& c = r["conversations"]["listed"].at(0);
  EXPECT_EQ(c["there"]["bytes"], 6);
  EXPECT_EQ(c["there"]["sha256"], sum_of("so far"));
  EXPECT_EQ(c["there"]["ended"], "signal");  // nobody has ended the input
  EXPECT_EQ(c["back"]["ended"], "signal");
}

TEST_F(Report, TellsAnEndOfInputFromAnInterruptAfterIt) {
  listener silent("tcp://127.0.0.1:0");
  running client(fairlead_command({"connect", silent.address(), "--report", path(), "--verbose"}));
  EXPECT_TRUE(client.write("all"));
  client.close_input();
  EXPECT_TRUE(client.complains("end of input after 3 bytes"));
  client.signal(SIGINT);
  EXPECT_TRUE(client.complains("SIGINT"));  // or the two would be one
  client.signal(SIGINT);
  EXPECT_EQ(client.status(), 128 + SIGINT);
  const json c = written()["conversations"]["listed"].at(0);
  EXPECT_EQ(c["there"]["ended"], "eof");
  EXPECT_EQ(c["back"]["ended"], "signal");
}

TEST_F(Report, OfAPeerOfDatagramsDoesNotInventAnEndOfIt) {
  listener echo("udp://127.0.0.1:0", {"--echo"});
  relaying relay("udp://127.0.0.1:0", echo.address(), {"--once", "--idle", "1s", "--report", path()});
  running client(fairlead_command({"connect", relay.address()}));
  EXPECT_TRUE(client.write("x") && client.says("x")) << client.errors();
  client.close_input();
  EXPECT_EQ(relay.status(), 0);
  const json c = written()["conversations"]["listed"].at(0);
  EXPECT_EQ(c["there"]["ended"], "given up");
  EXPECT_EQ(c["back"]["ended"], "given up");
}

TEST_F(Report, OfWhatWasOverBeforeASignalDoesNotBlameTheSignal) {
  running echo(fairlead_command(
      {"listen", "udp://127.0.0.1:0", "--echo", "--idle", "1s", "--report", path(), "--json"}));
  ASSERT_TRUE(echo.complains("\"listening\""));
  const std::string address = json::parse(lines_of(echo.errors()).at(0))["address"];
  running client(fairlead_command({"connect", address}));
  EXPECT_TRUE(client.write("x") && client.says("x")) << client.errors();
  client.close_input();
  EXPECT_TRUE(echo.complains("\"ended\""));
  echo.signal(SIGINT);
  EXPECT_EQ(echo.status(), 128 + SIGINT);
  const json c = written()["conversations"]["listed"].at(0);
  EXPECT_EQ(c["there"]["ended"], "given up");
  EXPECT_EQ(c["back"]["ended"], "given up");
}

TEST_F(Report, OfAnEchoSaysThatTheClientFailedAndNotTheEcho) {
  listener echo("tcp://127.0.0.1:0", {"--echo", "--idle", "100ms", "--once", "--report", path()});
  running silent(fairlead_command({"connect", echo.address(), "--no-shutdown"}));
  EXPECT_EQ(echo.status(), 3);
  const json c = written()["conversations"]["listed"].at(0);
  EXPECT_EQ(c["there"]["ended"], "timeout");
  EXPECT_FALSE(c["back"].contains("error"));
}

TEST_F(Report, IsWrittenWhenTheTerminalHasGone) {
  const std::string socket = path("socket");
  listener echo("unix:" + socket, {"--echo", "--report", path()});
  running client(fairlead_command({"connect", echo.address()}));
  EXPECT_TRUE(client.write("x") && client.says("x"));
  echo.signal(SIGHUP);
  EXPECT_EQ(echo.status(), 128 + SIGHUP);  // although the client is still here
  EXPECT_EQ(written()["signal"], "SIGHUP");
  EXPECT_EQ(written()["conversations"]["listed"].at(0)["there"]["ended"], "signal");
  EXPECT_FALSE(std::filesystem::exists(socket));
}

TEST_F(Report, IsNoMatterForAHangupThatNohupKeepsAway) {
  start_options nohup;
  nohup.in_the_child = [] { (void)::signal(SIGHUP, SIG_IGN); };
  listener echo("tcp://127.0.0.1:0", {"--echo"}, nohup);
  echo.signal(SIGHUP);
  EXPECT_EQ(fairlead_tool({"connect", echo.address()}, {.input = "x", .environment = {}}).output, "x");
  echo.signal(SIGTERM);
  EXPECT_EQ(echo.status(), 128 + SIGTERM);
}

TEST_F(Report, TellsHowACommandHasLeft) {
  for (const auto& [command, left] :
       {std::pair("exit 3", json{{"status", 3}}), std::pair("true", json{{"status", 0}}),
        std::pair("kill -TERM $$", json{{"signal", "SIGTERM"}})}) {
    listener upper("tcp://127.0.0.1:0", {"--exec", command, "--once", "--report", path()});
    EXPECT_EQ(fairlead_tool({"connect", upper.address()}).output, "");
    EXPECT_EQ(upper.status(), command == std::string_view("true") ? 0 : 1);
    const json c = written()["conversations"]["listed"].at(0);
    EXPECT_EQ(c["back"]["exited"], left) << command;
    EXPECT_FALSE(c["there"].contains("exited"));
  }
}

TEST_F(Report, TellsASilenceFromAnEnd) {
  listener silent("tcp://127.0.0.1:0");
  running client(fairlead_command({"connect", silent.address(), "--report", path(), "--idle", "100ms"}));
  EXPECT_EQ(client.status(), 3);
  const json c = written()["conversations"]["listed"].at(0);
  EXPECT_EQ(c["there"]["ended"], "timeout");
  EXPECT_EQ(c["back"]["ended"], "timeout");
}

TEST_F(Report, TellsAResetFromAnEnd) {
  FAIRLEAD_NEEDS("python3");
  running peer({"python3", "-uc",
                "import socket, struct\n"
                "l = socket.create_server(('127.0.0.1', 0))\n"
                "print(l.getsockname()[1])\n"
                "s, _ = l.accept()\n"
                "s.recv(3)\n"
                "s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))\n"
                "s.close()\n"});
  ASSERT_TRUE(peer.says("\n"));
  const std::string port = peer.output().substr(0, peer.output().size() - 1);
  running client(fairlead_command({"connect", "127.0.0.1:" + port, "--report", path()}));
  EXPECT_TRUE(client.write("abc"));
  EXPECT_EQ(client.status(), 1);
  const json c = written()["conversations"]["listed"].at(0);
  EXPECT_EQ(c["back"]["ended"], "reset");
  EXPECT_NE(c["back"]["error"].get<std::string>().find("reset"), std::string::npos);
}

TEST_F(Report, OfTlsHasItsFactsAndItsFarewell) {
  listener secure("tls://127.0.0.1:0", {"--echo"});
  const child_outcome o =
      fairlead_tool({"connect", secure.address(), "--pin", secure.pin(), "--report", path()},
                    {.input = "x", .environment = {}});
  EXPECT_EQ(o.status, 0) << o.errors;
  const json r = written();
  EXPECT_EQ(r["conversations"]["listed"].at(0)["back"]["ended"], "close_notify");
  const json& tls = r["dialled"]["listed"].at(0)["tls"];
  EXPECT_EQ(tls["version"], "TLS 1.3");
  EXPECT_EQ(tls["pin"], secure.pin());
  EXPECT_EQ(tls["verified"], true);
}

TEST_F(Report, OfManyClientsAddsThemUp) {
  listener counter("tcp://127.0.0.1:0", {"--exec", "wc -c", "--report", path()});
  for (const std::size_t size : {1UZ, 20UZ, 300UZ}) {
    const child_outcome o =
        fairlead_tool({"connect", counter.address()}, {.input = std::string(size, 'x'), .environment = {}});
    EXPECT_EQ(o.status, 0);
  }
  counter.signal(SIGTERM);
  EXPECT_EQ(counter.status(), 128 + SIGTERM);
  const json r = written();
  EXPECT_EQ(r["listening"], json::array({counter.address()}));
  const json& all = r["conversations"];
  EXPECT_EQ(all["count"], 3);
  EXPECT_EQ(all["over"], 3);
  EXPECT_EQ(all["there"]["bytes"], 321);
  EXPECT_EQ(all["back"]["bytes"], 2 + 3 + 4);
  ASSERT_EQ(all["listed"].size(), 3U);
  EXPECT_EQ(all["listed"].at(2)["second"], "exec:wc -c");
  EXPECT_EQ(all["listed"].at(2)["there"]["sha256"], sum_of(std::string(300, 'x')));
}

TEST_F(Report, CountsWhoWasNotLetInByReason) {
  listener picky("tcp://127.0.0.1:0", {"--echo", "--deny", "127.0.0.0/8", "--report", path()});
  ASSERT_NE(picky.address(), "") << picky.errors();
  for (int i = 0; i < 2; ++i)
    (void)fairlead_tool({"connect", picky.address()}, {.input = "x", .environment = {}});
  picky.signal(SIGTERM);
  EXPECT_EQ(picky.status(), 128 + SIGTERM);
  EXPECT_EQ(written()["refused"], (json{{"denied", 2}}));
  EXPECT_FALSE(written().contains("conversations"));
}

TEST_F(Report, OfARelayHasWhoCameAndWhereItWent) {
  listener upper("tcp://127.0.0.1:0", {"--exec", "tr a-z A-Z"});
  running relay(
      fairlead_command({"relay", "tcp://127.0.0.1:0", upper.address(), "--once", "--report", path()}));
  ASSERT_TRUE(relay.complains("listening tcp://127.0.0.1:"));
  ASSERT_TRUE(relay.complains_lines(1));
  const std::string at = lines_of(relay.errors()).at(0).substr(10);
  const child_outcome o = fairlead_tool({"connect", at}, {.input = "hello", .environment = {}});
  EXPECT_EQ(o.output, "HELLO");
  EXPECT_EQ(relay.status(), 0) << relay.errors();
  const json r = written();
  const json& c = r["conversations"]["listed"].at(0);
  EXPECT_EQ(c["first"].get<std::string>().substr(0, 16), "tcp://127.0.0.1:");
  EXPECT_EQ(c["second"], upper.address());
  EXPECT_EQ(c["there"]["sha256"], sum_of("hello"));
  EXPECT_EQ(c["back"]["sha256"], sum_of("HELLO"));
  EXPECT_EQ(r["dialled"]["listed"].at(0)["to"], upper.address());
}

TEST_F(Report, OfAReplayHasWhatWasPlayedAndWhatCame) {
  const std::string recorded = (dir() / "rec").string();
  {
    listener upper("tcp://127.0.0.1:0", {"--exec", "tr a-z A-Z"});
    const child_outcome o = fairlead_tool({"connect", upper.address(), "--record", recorded},
                                          {.input = "hello", .environment = {}});
    EXPECT_EQ(o.output, "HELLO");
  }
  for (const char* const command : {"tr a-z A-Z", "cat"}) {
    const bool same = std::string(command) != "cat";
    listener again("tcp://127.0.0.1:0", {"--exec", command});
    const child_outcome o = fairlead_tool({"replay", recorded, again.address(), "--report", path()});
    EXPECT_EQ(o.status, same ? 0 : 4) << o.errors;
    const json r = written();
    EXPECT_EQ(r["status"], o.status);
    const json& c = r["conversations"]["listed"].at(0);
    EXPECT_EQ(c["first"], "recording");
    EXPECT_EQ(c["second"], again.address());
    EXPECT_EQ(c["there"]["sha256"], sum_of("hello"));
    EXPECT_EQ(c["back"]["sha256"], sum_of(same ? "HELLO" : "hello"));
    EXPECT_EQ(r["dialled"]["count"], 1);
  }
}

TEST_F(Report, IsOneLineOnStandardError) {
  listener echo("unix:" + (dir() / "s").string(), {"--echo"});
  const child_outcome o =
      fairlead_tool({"connect", echo.address(), "--report", "-"}, {.input = "x", .environment = {}});
  ASSERT_EQ(lines_of(o.errors).size(), 1U) << o.errors;
  EXPECT_EQ(json::parse(o.errors)["conversations"]["there"]["bytes"], 1);
}

TEST_F(Report, ThatCannotBeWrittenIsToldBeforeAnythingStarts) {
  listener once("tcp://127.0.0.1:0", {"--exec", "cat", "--once"});
  for (const std::string& where : {(dir() / "none" / "report").string(), dir().path().string()}) {
    const child_outcome o = fairlead_tool({"connect", once.address(), "--report", where});
    EXPECT_EQ(o.status, 2);
    EXPECT_EQ(o.errors.substr(0, 15 + where.size()), "fairlead: open " + where);
  }
  const child_outcome o =
      fairlead_tool({"connect", once.address()}, {.input = "still there", .environment = {}});
  EXPECT_EQ(o.output, "still there");
}

TEST_F(Report, ThatIsLostOnAFullDiskIsAFailure) {
  listener echo("tcp://127.0.0.1:0", {"--echo"});
  const child_outcome o = fairlead_tool({"connect", echo.address(), "--report", "/dev/full"});
  EXPECT_EQ(o.status, 1);
  EXPECT_EQ(o.errors, "fairlead: write /dev/full: no space left on device\n");
}

TEST_F(Report, OfAWrongAddressHasTheSentence) {
  const child_outcome o = fairlead_tool({"connect", "tcp://127.0.0.1:70000", "--report", path()});
  EXPECT_EQ(o.status, 2);
  EXPECT_EQ(written()["status"], 2);
  EXPECT_NE(written()["errors"]["listed"].at(0).get<std::string>().find("port must be 0 to 65535"),
            std::string::npos);
}

TEST_F(Report, ReplacesAnOldOneAndLeavesNothingBeside) {
  dir().write("report.json", "old");
  EXPECT_EQ(fairlead_tool({"resolve", "127.0.0.1", "--report", path()}).status, 0);
  EXPECT_EQ(written()["command"], "resolve");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir().path()), {}), 1);
}

TEST_F(Report, LeavesLinksAndOtherPeoplesFilesAlone) {
  const std::string real = dir().write("real.json", "old");
  const std::string beside = dir().write("report.json.part", "precious");
  std::filesystem::create_symlink("real.json", path());
  EXPECT_EQ(fairlead_tool({"resolve", "127.0.0.1", "--report", path()}).status, 0);
  EXPECT_TRUE(std::filesystem::is_symlink(path()));
  EXPECT_EQ(written()["command"], "resolve");
  EXPECT_EQ(std::filesystem::file_size(beside), 8U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir().path()), {}), 3);
}

// As /dev/stdout does, whatever it is: the link must stay, and what was shown before.
TEST_F(Report, GoesWhereALinkIntoTheSystemLeads) {
  std::filesystem::create_symlink("/proc/self/fd/1", dir() / "stdout");
  const std::string shown = (dir() / "shown").string();
  const child_outcome o = run_program({"/bin/sh", "-c",
                                       "exec '" FAIRLEAD_TOOL "' resolve 127.0.0.1 --report '" +
                                           (dir() / "stdout").string() + "' >" + shown});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_TRUE(std::filesystem::is_symlink(dir() / "stdout"));
  std::ifstream file(shown);
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(all.contains("\"command\": \"resolve\"")) << all;
}

// The machine.
TEST(ReportText, StaysSmallHoweverManyThereAre) {
  tool::report r("relay", {});
  for (int i = 0; i < 1000; ++i) {
    const std::uint32_t number = r.begin({"a", "b", false});
    tool::flows f;
    f[0].bytes = 2;
    f[1].bytes = 3;
    r.read(number, f);
    r.failed("one after the other");
  }
  const json all = json::parse(r.text(0, true));
  EXPECT_EQ(all["conversations"]["count"], 1000);
  EXPECT_EQ(all["conversations"]["there"]["bytes"], 2000);
  EXPECT_EQ(all["conversations"]["back"]["bytes"], 3000);
  EXPECT_EQ(all["conversations"]["listed"].size(), tool::report::most_listed);
  EXPECT_EQ(all["errors"]["count"], 1000);
  EXPECT_EQ(all["errors"]["listed"].size(), tool::report::most_listed);
}

TEST(ReportText, SurvivesNamesThatAreNoText) {
  tool::report r("connect", {"unix:/\xff\x01"});
  EXPECT_EQ(json::parse(r.text(0, false))["arguments"].at(0), "unix:/\xef\xbf\xbd\x01");
}

TEST(ReportText, HasTheTimeInFiguresThatSort) {
  EXPECT_EQ(tool::wall_text(1'700'000'000'123'456'789), "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(tool::wall_text(0), "1970-01-01T00:00:00.000Z");
}

// --json.
TEST_F(Report, EventsAreALineEachAndTellTheWholeStory) {
  running upper(
      fairlead_command({"listen", "tcp://127.0.0.1:0", "--exec", "tr a-z A-Z", "--once", "--json"}));
  ASSERT_TRUE(upper.complains("}\n"));
  const json first = json::parse(lines_of(upper.errors()).at(0));
  EXPECT_EQ(first["event"], "listening");
  const child_outcome o = fairlead_tool({"connect", first["address"], "--json", "--verbose"},
                                        {.input = "abc", .environment = {}});
  EXPECT_EQ(o.output, "ABC");
  std::vector<std::string> events;
  double last = 0;
  for (const std::string& line : lines_of(o.errors)) {
    const json e = json::parse(line);
    EXPECT_GE(e["seconds"].get<double>(), last);
    last = e["seconds"];
    if (e["event"] != "step") events.push_back(e["event"]);
    if (e["event"] == "half-closed") {
      EXPECT_EQ(e["how"], "eof");
      EXPECT_EQ(e["bytes"], 3);
    }
    if (e["event"] == "ended") {
      EXPECT_EQ(e["second_ended"], "fin");
      EXPECT_EQ(e["bytes_back"], 3);
    }
  }
  EXPECT_EQ(events, (std::vector<std::string>{"connected", "began", "half-closed", "ended"}));
  EXPECT_EQ(upper.status(), 0);
  bool exited = false;
  for (const std::string& line : lines_of(upper.errors())) {
    ASSERT_TRUE(json::accept(line)) << line;
    const json e = json::parse(line);
    if (e["event"] != "exited") continue;
    exited = true;
    EXPECT_EQ(e["side"], "exec:tr a-z A-Z");
    EXPECT_EQ(e["status"], 0);
  }
  EXPECT_TRUE(exited);
}

TEST_F(Report, AnErrorIsAnEventToo) {
  const refusing_port nobody(fairlead::ipv4_address::loopback());
  const child_outcome o = fairlead_tool({"connect", "tcp://" + nobody.where().to_string(), "--json"});
  EXPECT_EQ(o.status, 1);
  ASSERT_EQ(lines_of(o.errors).size(), 1U);
  const json e = json::parse(o.errors);
  EXPECT_EQ(e["event"], "error");
  EXPECT_NE(e["text"].get<std::string>().find("connection refused"), std::string::npos);
}

TEST_F(Report, WhatIsWrongWithTheLineIsAnEventToo) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"connect", "--json", "--nonsense", "x:1"},
        {"connect", "--json"},
        {"connect", "--json", "x:70000"},
        {"connect", "--json", "--hex", "x:1"},
        {"listen", "--json", "--report", "/nowhere/x", ":0"}}) {
    const child_outcome o = fairlead_tool(words);
    EXPECT_EQ(o.status, 2);
    ASSERT_EQ(lines_of(o.errors).size(), 1U) << o.errors;
    ASSERT_TRUE(json::accept(o.errors)) << o.errors;
    EXPECT_EQ(json::parse(o.errors)["event"], "error");
  }
  // Of these it is the results that are JSON.
  EXPECT_TRUE(fairlead_tool({"probe", "--json", "x:70000"}).errors.starts_with("fairlead: "));
}

}  // namespace
