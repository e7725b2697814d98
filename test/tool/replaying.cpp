// SPDX-License-Identifier: MIT
// --record and replay: what passed is kept whatever happens, and is played again.
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "replay/comparison.hpp"
#include "support/black_hole.hpp"
#include "support/bytes.hpp"
#include "support/expect.hpp"
#include "support/guard.hpp"
#include "support/temp_dir.hpp"
#include "tool/recordings.hpp"
#include "tool/reporting.hpp"
#include "tool/running.hpp"
#include "tool/tool.hpp"
#include "tool/transferring.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;
using namespace std::chrono_literals;
using tool::direction;
using tool::ending;

class Replay : public guarded<> {
 protected:
  [[nodiscard]] std::string path() const { return (dir_ / "rec").string(); }
  [[nodiscard]] std::string keep(const made_up& m) const { return dir_.write("rec", m.text()); }
  [[nodiscard]] const temp_dir& dir() const { return dir_; }
  // What `listen --exec COMMAND` and the recording say to each other.
  [[nodiscard]] child_outcome against(const std::string& command, std::vector<std::string> more = {},
                                      const std::string& at = "tcp://127.0.0.1:0") const {
    const listener l(at, {"--exec", command});
    more.insert(more.begin(), {"replay", path(), l.address()});
    return fairlead_tool(more);
  }

 private:
  temp_dir dir_;
};

// Every scheme can be recorded and played again, from either side.
class EveryRecording : public Replay, public ::testing::WithParamInterface<std::string> {
 protected:
  [[nodiscard]] std::string place(const std::string& name) const {
    if (GetParam().starts_with("unix")) return GetParam() + ':' + (dir() / name).string();
    return GetParam() + "://127.0.0.1:0";
  }
  [[nodiscard]] bool has_end() const { return GetParam() != "udp" && GetParam() != "unix-dgram"; }
};
std::string name_of_recording(const ::testing::TestParamInfo<std::string>& of) {
  std::string name = of.param;
  std::ranges::replace(name, '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Of, EveryRecording,
                         ::testing::Values("tcp", "udp", "unix", "unix-dgram", "unix-seqpacket"),
                         name_of_recording);

TEST_P(EveryRecording, IsPlayedAgainFromEitherSide) {
  listener echo(place("a"), {"--echo"});
  running client(fairlead_command({"connect", echo.address(), "--record", path(), "--idle", "1s"}));
  for (const char* const word : {"first\n", "second\n"}) EXPECT_TRUE(client.write(word) && client.says(word));
  client.close_input();
  EXPECT_EQ(client.status(), 0) << client.errors();

  const child_outcome again = fairlead_tool({"replay", path(), echo.address(), "--speed", "0"});
  EXPECT_EQ(again.status, 0) << again.errors;
  EXPECT_EQ(again.errors, "as recorded: 13 bytes sent, 13 bytes came\n");

  // The other side, for a client that says the same.
  running server(fairlead_command({"replay", path(), place("b"), "--serve", "--speed", "0"}));
  ASSERT_TRUE(server.complains_lines(1));
  const std::string at = lines_of(server.errors()).at(0).substr(10);
  const child_outcome both = fairlead_tool({"replay", path(), at, "--speed", "0"});
  EXPECT_EQ(both.status, 0) << both.errors;
  EXPECT_EQ(server.status(), 0) << server.errors();
  EXPECT_NE(server.errors().find("as recorded: 13 bytes sent, 13 bytes came\n"), std::string::npos);
}

// Recordings are evidence: no flag of ours writes over one.
TEST_F(Replay, WritesOverNothingThatItReads) {
  const std::string kept = made_up().open(1).finished().text();
  (void)keep(made_up().open(1).finished());
  const std::string other_name = (dir() / "." / "rec").string();
  for (const char* const flag : {"--export", "--report"}) {
    const child_outcome o = fairlead_tool({"replay", path(), flag, other_name});
    EXPECT_EQ(o.status, 2);
    EXPECT_EQ(o.errors, "fairlead: " + std::string(flag) + " " + other_name +
                            ": is the recording, too; give another file\n");
  }
  EXPECT_EQ(content_of(path()), kept);
  const child_outcome both = fairlead_tool(
      {"connect", "tcp://127.0.0.1:9", "--record", path() + ".new", "--report", path() + ".new"});
  EXPECT_EQ(both.status, 2);
  EXPECT_EQ(both.errors, "fairlead: --record " + path() + ".new: is --report, too; give another file\n");
  EXPECT_EQ(fairlead_tool({"send", path(), "tcp://127.0.0.1:9", "--report", path()}).status, 2);
  EXPECT_EQ(content_of(path()), kept);
}

TEST_F(Replay, IsPlayedToTheFirstWhoMayComeIn) {
  FAIRLEAD_NEEDS("nc");
  (void)keep(made_up().open(1).there("question").back("answer").finished());
  running server(fairlead_command({"replay", path(), "tcp://127.0.0.1:0", "--serve", "--speed", "0", "--deny",
                                   "127.0.0.2", "--rate", "1m"}));
  ASSERT_TRUE(server.complains_lines(1));
  const std::string at = lines_of(server.errors()).at(0).substr(10);
  EXPECT_EQ(
      run_program({"/bin/sh", "-c", "exec nc -s 127.0.0.2 127.0.0.1 " + at.substr(at.rfind(':') + 1)}).output,
      "");
  const child_outcome welcome = fairlead_tool({"replay", path(), at, "--speed", "0"});
  EXPECT_EQ(welcome.status, 0) << welcome.errors;
  EXPECT_EQ(server.status(), 0) << server.errors();
  EXPECT_NE(server.errors().find("1 refused: 1 by --deny\n"), std::string::npos) << server.errors();
}

TEST_P(EveryRecording, WaitsForNobodyLongerThanItIsTold) {
  (void)keep(made_up()
                 .open(1, GetParam() != "tcp" && GetParam() != "unix")
                 .there("question")
                 .back("answer")
                 .finished());
  const child_outcome o = fairlead_tool({"replay", path(), place("a"), "--serve", "--for", "50ms"});
  EXPECT_EQ(o.status, 0) << o.errors;
}

TEST_F(Replay, TellsTheFirstDifference) {
  const std::string text = "the quick brown fox jumps over the lazy dog";
  (void)keep(made_up().open(1).there(text).end(direction::there).back(text).end(direction::back).close());
  const child_outcome o = against("tr x X");
  EXPECT_EQ(o.status, 4);
  const std::vector<std::string> lines = lines_of(o.errors);
  ASSERT_EQ(lines.size(), 6U) << o.errors;
  EXPECT_NE(lines[0].find(": not as recorded: byte 18 is 0x58, recorded was 0x78"), std::string::npos)
      << lines[0];
  EXPECT_EQ(lines[1], "recorded (-) and come (+):");
  EXPECT_EQ(lines[2], "- 00000010  66 6f 78 20 6a 75 6d 70  73 20 6f 76 65 72 20 74  fox jumps over t");
  EXPECT_EQ(lines[4], "+ 00000010  66 6f 58 20 6a 75 6d 70  73 20 6f 76 65 72 20 74  foX jumps over t");
}

TEST_F(Replay, TellsWhatIsMissingAndWhatIsTooMuch) {
  (void)keep(made_up().open(1).there("x").end(direction::there).back("hello").end(direction::back).close());
  const child_outcome less = against("cat >/dev/null; printf hel");
  EXPECT_EQ(less.status, 4);
  EXPECT_NE(less.errors.find("it ended (fin) after 3 bytes, and more are recorded"), std::string::npos);
  const child_outcome more = against("cat >/dev/null; printf hello!");
  EXPECT_EQ(more.status, 4);
  EXPECT_NE(more.errors.find("more came than the 5 bytes that are recorded"), std::string::npos)
      << more.errors;
}

TEST_F(Replay, AStreamMayBeDividedInOtherWays) {
  made_up m;
  m.open(1);
  for (const char* const piece : {"o", "ne", "", "two"}) m.there(piece);
  for (const char* const piece : {"", "onet", "w", "o"}) m.back(piece);
  (void)keep(m.finished());
  EXPECT_EQ(against("cat").status, 0);
}

TEST_F(Replay, WhatTheAnswerCameBeforeIsNotSentBeforeTheAnswer) {
  FAIRLEAD_NEEDS("bash");
  (void)keep(made_up().open(1).there("ask\n").back("answer\n").there("more\n").back("more\n").finished());
  // Whoever sends too early is caught.
  const child_outcome o =
      against("exec bash -c 'read a; read -t 0.3 b && echo early || echo answer; read b; echo $b; cat'",
              {"--speed", "0"});
  EXPECT_EQ(o.status, 0) << o.errors;
}

TEST_F(Replay, TheTimingIsThatOfTheRecordingUnlessItIsScaled) {
  (void)keep(
      made_up().open(1).after(400ms).there("a").back("a").after(400ms).there("b").back("b").finished());
  const auto took = [&](const std::string& speed) {
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(against("cat", {"--speed", speed}).status, 0);
    return std::chrono::steady_clock::now() - began;
  };
  EXPECT_GE(took("1"), 800ms);
  EXPECT_GE(took("4"), 200ms);
  // A day: whoever waited for it would be killed.
  (void)keep(made_up().open(1).after(24h).there("a").back("a").after(24h).there("b").back("b").finished());
  (void)took("1000000");
  (void)took("0");
}

TEST_F(Replay, BothDirectionsFlowAtOnceHoweverTheyWereRecorded) {
  // As if everything had been sent before anything came back: no buffer holds that now.
  made_up m;
  m.open(1);
  const std::string piece = random_bytes(65536, 3);
  for (int i = 0; i < 200; ++i) m.there(piece);
  for (int i = 0; i < 200; ++i) m.back(piece);
  (void)keep(m.finished());
  const listener echo("tcp://127.0.0.1:0", {"--echo"});
  const child_outcome o = fairlead_tool({"replay", path(), echo.address()});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_EQ(o.errors, "as recorded: 13,107,200 bytes sent, 13,107,200 bytes came\n");
}

TEST_F(Replay, ASilenceIsADeadlineAndSaysWhatIsDue) {
  (void)keep(made_up().open(1).there("x").back("x").finished());
  const child_outcome o = against("exec sleep 60", {"--wait", "100ms"});
  EXPECT_EQ(o.status, 3);
  EXPECT_NE(o.errors.find("nothing more came for 100 ms after 0 bytes, and 1 are due"), std::string::npos)
      << o.errors;
}

TEST_F(Replay, PlaysTheConversationThatIsAskedFor) {
  made_up m;
  m.open(1).open(2).there("one", 1).there("two", 2);
  for (const std::uint32_t n : {1U, 2U}) m.end(direction::there, ending::finished, n);
  m.back("two", 2).back("one", 1);
  for (const std::uint32_t n : {1U, 2U}) m.end(direction::back, ending::finished, n);
  (void)keep(m.close());
  const child_outcome second = against("tr w w", {"--conversation", "2"});
  EXPECT_EQ(second.status, 0) << second.errors;
  EXPECT_EQ(against("tr w W", {"--conversation", "1"}).status, 0);
  EXPECT_EQ(against("tr w W", {"--conversation", "2"}).status, 4);
  const child_outcome third = against("cat", {"--conversation", "3"});
  EXPECT_EQ(third.status, 2);
  EXPECT_EQ(third.errors, "fairlead: " + path() + ": there is no conversation 3; it holds 2\n");
}

TEST_F(Replay, ListsWhatARecordingHolds) {
  (void)keep(made_up().open(1).there("four").after(2s).back("answer").finished());
  const child_outcome o = fairlead_tool({"replay", path()});
  EXPECT_EQ(o.status, 0);
  EXPECT_EQ(o.errors, "");
  EXPECT_EQ(
      o.output,
      "recorded 2023-11-14T22:13:20.000Z by a test\n"
      "1  at 0.00 µs for 2.00 s  tcp://127.0.0.1:1000 sent 4 bytes, fin; tcp://127.0.0.1:2000 sent 6 bytes, "
      "fin\n");
}

TEST_F(Replay, ADamagedRecordingIsPlayedUpToTheDamage) {
  const made_up m = made_up().open(1).there("one").back("one").there("two").back("two").finished();
  std::string text = m.text();
  const std::size_t at = m.begins()[4];
  text[at + 12] ^= 1;
  (void)dir().write("rec", text);
  const child_outcome o = against("cat");
  EXPECT_EQ(o.status, 4);
  EXPECT_EQ(o.errors, "as recorded: 3 bytes sent, 3 bytes came\nfairlead: " + path() + ": damaged at byte " +
                          std::to_string(at) + ": its checksum is wrong; what comes before was read\n");
}

TEST_F(Replay, WhatIsNoRecordingIsRefused) {
  (void)dir().write("rec", "something else");
  const child_outcome o = fairlead_tool({"replay", path()});
  EXPECT_EQ(o.status, 2);
  EXPECT_EQ(o.errors, "fairlead: read " + path() + ": no recording; --record writes them\n");
  const child_outcome none = fairlead_tool({"replay", path() + "-not"});
  EXPECT_EQ(none.status, 2);
  EXPECT_EQ(none.errors, "fairlead: open " + path() + "-not: no such file or directory\n");
  const child_outcome directory = fairlead_tool({"replay", dir().path().string()});
  EXPECT_EQ(directory.status, 2);
  EXPECT_EQ(directory.errors, "fairlead: open " + dir().path().string() + ": is a directory\n");
}

// It is opened more than once, and a pipe would be empty, or wait, the second time.
TEST_F(Replay, OfAPipeIsRefusedUnlessItIsOnlyListed) {
  const std::string recording = made_up().open(1).there("four").finished().text();
  const std::string pipe = (dir() / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const std::string& from : {pipe, std::string("/dev/stdin")}) {
    for (const std::vector<std::string>& what :
         {std::vector<std::string>{"tcp://127.0.0.1:9"}, {"--export", (dir() / "packets").string()}}) {
      std::vector<std::string> words = {"replay", from};
      words.insert(words.end(), what.begin(), what.end());
      const child_outcome o = fairlead_tool(words, {.input = recording, .environment = {}});
      EXPECT_EQ(o.status, 2);
      EXPECT_EQ(o.errors,
                "fairlead: " + from + ": must be a file, for it is read more than once; save it first\n");
      EXPECT_FALSE(std::filesystem::exists(dir() / "packets"));
    }
  }
  const child_outcome listed =
      fairlead_tool({"replay", "/dev/stdin"}, {.input = recording, .environment = {}});
  EXPECT_EQ(listed.status, 0) << listed.errors;
  EXPECT_NE(listed.output.find("sent 4 bytes, fin"), std::string::npos) << listed.output;
}

TEST_F(Replay, OfWhatHasGoneFromTheFileMeanwhileIsNotAsRecorded) {
  (void)keep(made_up().open(1).there("x").back("x").finished());
  running server(fairlead_command({"replay", path(), "tcp://127.0.0.1:0", "--serve", "--speed", "0"}));
  ASSERT_TRUE(server.complains_lines(1));
  (void)keep(made_up().close());
  (void)fairlead_tool({"connect", lines_of(server.errors()).at(0).substr(10)});
  EXPECT_EQ(server.status(), 4);
  EXPECT_NE(server.errors().find("fairlead: read " + path() +
                                 ": has no conversation 1 any more; it was changed meanwhile\n"),
            std::string::npos)
      << server.errors();
}

TEST_F(Replay, OfTwoRecordingsInOneFileSaysWhereTheSecondBegins) {
  const std::string one = made_up().open(1).there("x").back("x").finished().text();
  (void)dir().write("rec", one + one);
  const std::string sentence = "fairlead: " + path() + ": damaged at byte " + std::to_string(one.size()) +
                               ": something follows its end; what comes before was read\n";
  const child_outcome listed = fairlead_tool({"replay", path()});
  EXPECT_EQ(listed.status, 4);
  EXPECT_EQ(listed.errors, sentence);
  EXPECT_EQ(lines_of(listed.output).size(), 2U);
  const child_outcome played = against("cat");
  EXPECT_EQ(played.status, 4);
  EXPECT_EQ(played.errors, "as recorded: 1 bytes sent, 1 bytes came\n" + sentence);
}

// One that was cut off before it said its farewell.
TEST_F(Replay, WaitsForAnEndWithoutAFarewellAndComparesIt) {
  (void)keep(made_up()
                 .open(1)
                 .there("x")
                 .end(direction::there)
                 .back("x")
                 .end(direction::back, ending::truncated)
                 .close());
  EXPECT_EQ(against("cat").status, 0);  // TCP has none
  const child_outcome silent = against("cat; exec sleep 60", {"--wait", "100ms"});
  EXPECT_EQ(silent.status, 3);
  EXPECT_NE(silent.errors.find("and its end is due"), std::string::npos) << silent.errors;
  const child_outcome farewell = against("cat", {"--insecure"}, "tls://127.0.0.1:0");
  EXPECT_EQ(farewell.status, 4);
  EXPECT_NE(farewell.errors.find("it ended with close_notify, recorded was truncated"), std::string::npos)
      << farewell.errors;
}

TEST_F(Replay, ListsAsJsonWhatAReportOfTheConversationWouldSay) {
  using nlohmann::json;
  made_up m;
  m.open(1).open(2, true).after(2s).there("four").back("answer").there("one", 2).back("", 2).back("two", 2);
  m.end(direction::there).end(direction::back, ending::reset);
  m.add(tool::recording::ended{2, 2s, direction::back, ending::failed, "recv udp: no route to host"});
  (void)keep(m.close());
  const std::string report = (dir() / "report.json").string();
  const child_outcome o = fairlead_tool({"replay", path(), "--json", "--report", report});
  EXPECT_EQ(o.status, 0);
  EXPECT_EQ(o.errors, "");
  const std::vector<std::string> lines = lines_of(o.output);
  ASSERT_EQ(lines.size(), 2U) << o.output;
  const json first = json::parse(lines[0]);
  EXPECT_EQ(first, (json{{"number", 1},
                         {"first", "tcp://127.0.0.1:1000"},
                         {"second", "tcp://127.0.0.1:2000"},
                         {"recorded_at", "2023-11-14T22:13:20.000Z"},
                         {"recorded_by", "a test"},
                         {"began", 0.0},
                         {"seconds", 2.0},
                         {"there", {{"bytes", 4}, {"sha256", sum_of("four")}, {"ended", "fin"}}},
                         {"back", {{"bytes", 6}, {"sha256", sum_of("answer")}, {"ended", "reset"}}}}));
  const json second = json::parse(lines[1]);
  EXPECT_EQ(second["there"],
            (json{{"bytes", 3}, {"messages", 1}, {"sha256", sum_of("one")}, {"ended", "open"}}));
  EXPECT_EQ(second["back"], (json{{"bytes", 3},
                                  {"messages", 2},
                                  {"sha256", sum_of("two")},
                                  {"ended", "failed"},
                                  {"error", "recv udp: no route to host"}}));
  const json told = json::parse(content_of(report))["recorded"];
  EXPECT_EQ(told, (json{{"count", 2}, {"listed", json::array({first, second})}}));
  // Without --json the report has the same.
  EXPECT_EQ(fairlead_tool({"replay", path(), "--report", report}).status, 0);
  EXPECT_EQ(json::parse(content_of(report))["recorded"], told);
}

TEST_F(Replay, WrongFlagsAreNamed) {
  (void)keep(made_up().open(1).finished());
  const auto said = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"replay", path()});
    const child_outcome o = fairlead_tool(words);
    EXPECT_EQ(o.status, 2);
    return o.errors;
  };
  EXPECT_EQ(said({"--serve"}),
            "fairlead: ADDR is missing: where the recording shall be played (--help says more)\n");
  EXPECT_EQ(said({"tcp://127.0.0.1:9", "--speed", "fast"}),
            "fairlead: --speed fast: must be a number from 0 to 1000000\n");
  EXPECT_EQ(said({"tcp://127.0.0.1:9", "--deny", "127.0.0.1"}), "fairlead: --deny: goes with --serve only\n");
  EXPECT_EQ(said({"tcp://127.0.0.1:0", "--serve", "--allow", "user:root"}).substr(0, 29),
            "fairlead: --allow user:root: ");
  EXPECT_EQ(said({"tcp://127.0.0.1:9", "--export", "x"}),
            "fairlead: --export: exports instead of playing; leave ADDR away\n");
  EXPECT_EQ(said({"udp://127.0.0.1:9"}),
            "fairlead: udp://127.0.0.1:9: conversation 1 is one of streams, which datagrams would divide\n");
}

TEST_F(Replay, AResetIsPlayedAsOne) {
  FAIRLEAD_NEEDS("python3");
  (void)keep(made_up()
                 .open(1)
                 .there("x")
                 .end(direction::there, ending::reset)
                 .end(direction::back, ending::given_up)
                 .close());
  running peer({"python3", "-uc",
                "import socket\n"
                "l = socket.create_server(('127.0.0.1', 0))\n"
                "print(l.getsockname()[1])\n"
                "s, _ = l.accept()\n"
                "try:\n"
                "    while s.recv(9): pass\n"
                "    print('fin')\n"
                "except ConnectionResetError:\n"
                "    print('reset')\n"});
  ASSERT_TRUE(peer.says("\n"));
  const std::string port = peer.output().substr(0, peer.output().size() - 1);
  EXPECT_EQ(fairlead_tool({"replay", path(), "127.0.0.1:" + port}).status, 0);
  EXPECT_TRUE(peer.says("reset\n"));
}

// Recording.
class Record : public Replay {};

TEST_F(Record, SurvivesTheSuddenEndOfItsWriter) {
  listener echo("tcp://127.0.0.1:0", {"--echo"});
  running client(fairlead_command({"connect", echo.address(), "--record", path()}));
  for (int i = 0; i < 20; ++i) {
    const std::string line = "line " + std::to_string(i) + '\n';
    EXPECT_TRUE(client.write(line) && client.says(line));
  }
  client.signal(SIGKILL);
  EXPECT_EQ(client.status(), 128 + SIGKILL);
  const child_outcome held = fairlead_tool({"replay", path()});
  EXPECT_EQ(held.status, 0);
  // Everything that anybody has seen is there.
  EXPECT_NE(
      held.output.find("standard input sent 150 bytes, open; " + echo.address() + " sent 150 bytes, open\n"),
      std::string::npos)
      << held.output;
  EXPECT_EQ(held.errors, path() + ": was not finished: whoever wrote it was stopped in the middle\n");
  const child_outcome again = fairlead_tool({"replay", path(), echo.address(), "--speed", "0"});
  EXPECT_EQ(again.status, 0) << again.errors;
}

TEST_F(Record, OfManyClientsKeepsThemApart) {
  {
    listener echo("tcp://127.0.0.1:0", {"--echo", "--record", path()});
    running first(fairlead_command({"connect", echo.address()}));
    EXPECT_TRUE(first.write("first") && first.says("first"));
    running second(fairlead_command({"connect", echo.address()}));
    EXPECT_TRUE(second.write("the second") && second.says("the second"));
    first.close_input();
    second.close_input();
    EXPECT_EQ(first.status() + second.status(), 0);
    echo.signal(SIGINT);
    EXPECT_EQ(echo.status(), 128 + SIGINT);
  }
  const std::vector<std::string> lines = lines_of(fairlead_tool({"replay", path()}).output);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_NE(lines[1].find("sent 5 bytes, fin; echo sent 5 bytes, eof"), std::string::npos) << lines[1];
  EXPECT_NE(lines[2].find("sent 10 bytes, fin; echo sent 10 bytes, eof"), std::string::npos);
  const child_outcome o = against("cat", {"--conversation", "2"});
  EXPECT_EQ(o.status, 0) << o.errors;
}

TEST_F(Record, IsRefusedBeforeAnythingStartsWhereItCannotBe) {
  listener once("tcp://127.0.0.1:0", {"--exec", "cat", "--once"});
  (void)dir().write("rec", "of value");
  const child_outcome over = fairlead_tool({"connect", once.address(), "--record", path()});
  EXPECT_EQ(over.status, 2);
  EXPECT_EQ(over.errors, "fairlead: open " + path() + ": exists already; recordings are not written over\n");
  const start_options small = files_up_to(0);
  running no_room(fairlead_command({"connect", once.address(), "--record", (dir() / "small").string()}),
                  small);
  EXPECT_EQ(no_room.status(), 2);
  EXPECT_FALSE(std::filesystem::exists(dir() / "small")) << "it would be in the way of the next attempt";
  const child_outcome full = fairlead_tool({"connect", once.address(), "--record", "/dev/full"});
  EXPECT_EQ(full.status, 2);
  EXPECT_EQ(full.errors, "fairlead: write /dev/full: no space left on device\n");
  EXPECT_EQ(fairlead_tool({"connect", once.address()}, {.input = "x", .environment = {}}).output, "x");
}

TEST_F(Record, OfNoConversationLeavesNoFileBehind) {
  const refusing_port refusing(fairlead::ipv4_address::loopback());
  for (const std::string& nobody :
       {"tcp://" + refusing.where().to_string(), std::string("tcp://127.0.0.1:70000")}) {
    EXPECT_NE(fairlead_tool({"connect", nobody, "--record", path()}).status, 0);
    EXPECT_FALSE(std::filesystem::exists(path()));
  }
}

TEST_F(Record, ThatCannotGoOnIsToldAtOnceAndInTheStatus) {
  listener echo("tcp://127.0.0.1:0", {"--echo"});
  const start_options small = files_up_to(4096);
  running client(fairlead_command({"connect", echo.address(), "--record", path()}), small);
  const std::string content(10'000, 'x');
  EXPECT_TRUE(client.write(content));
  client.close_input();
  EXPECT_EQ(client.status(), 1);
  EXPECT_EQ(client.output(), content);  // the conversation itself goes on
  EXPECT_EQ(client.errors(),
            "fairlead: write " + path() + ": file too large; what comes is not recorded any more\n");
  const child_outcome held = fairlead_tool({"replay", path()});
  EXPECT_EQ(held.status, 4);
  EXPECT_NE(held.errors.find("the last record is torn"), std::string::npos) << held.errors;
}

// The machine that compares.
class Comparison : public Replay {
 protected:
  [[nodiscard]] tool::replaying::comparison of(const made_up& m, bool messages,
                                               const std::string& peer = "tcp://127.0.0.1:9") const {
    auto s = tool::replaying::script::open(keep(m), 1);
    expect_ok(s);
    return {std::move(*s), direction::back, messages, peer};
  }
};

TEST_F(Comparison, DividesAStreamInAnyWay) {
  const std::string text = random_bytes(500, 9);
  made_up m;
  m.open(1);
  for (std::size_t at = 0; at < text.size(); at += 37) m.back(text.substr(at, 37)).there("?");
  m.finished();
  for (const std::size_t size : {1UZ, 2UZ, 36UZ, 37UZ, 38UZ, 500UZ}) {
    auto c = of(m, false);
    for (std::size_t at = 0; at < text.size(); at += size) c.take(text.substr(at, size));
    EXPECT_EQ(c.bytes(), text.size());
    c.end(ending::finished);
    EXPECT_FALSE(c.found()) << c.found()->sentence;
    EXPECT_TRUE(c.over());
  }
}

TEST_F(Comparison, FindsADifferenceAtEveryPlace) {
  const std::string text = random_bytes(70, 10);
  const made_up m = made_up().open(1).back(text.substr(0, 33)).back(text.substr(33)).finished();
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string other = text;
    other[at] = static_cast<char>(other[at] ^ 1);
    for (const std::size_t size : {1UZ, 7UZ, 70UZ}) {
      auto c = of(m, false);
      for (std::size_t i = 0; i < other.size(); i += size) c.take(other.substr(i, size));
      ASSERT_TRUE(c.found());
      EXPECT_EQ(c.found()->offset, at);
      EXPECT_FALSE(c.found()->context.empty());
    }
  }
}

TEST_F(Comparison, ComparesMessagesOneByOne) {
  const made_up m = made_up().open(1, true).back("one").back("").back("three").finished();
  const auto said = [&](const std::vector<std::string>& came) -> std::string {
    auto c = of(m, true);
    for (const std::string& one : came) c.take(one);
    if (!c.found() && c.messages() < 3) c.end(ending::finished);
    return c.found() ? c.found()->sentence : "";
  };
  EXPECT_EQ(said({"one", "", "three"}), "");
  EXPECT_EQ(said({"on", "e", "three"}), "message 1 has 2 bytes, recorded were 3");
  EXPECT_EQ(said({"one", "three"}), "message 2 has 5 bytes, recorded were 0");
  EXPECT_EQ(said({"one", "", "thrEe"}), "message 3, byte 3, is 0x45, recorded was 0x65");
  EXPECT_EQ(said({"one", "", "three", "four"}), "message 4, of 4 bytes, is not recorded");
}

TEST_F(Comparison, AnEndOfAnotherKindIsADifference) {
  auto c = of(made_up().open(1).back("x").finished(), false);
  c.take("x");
  c.end(ending::reset);
  ASSERT_TRUE(c.found());
  EXPECT_EQ(c.found()->sentence, "it ended with reset, recorded was fin");
}

TEST_F(Comparison, AMissingFarewellIsAnEndThatOnlyTlsHas) {
  const auto said = [&](ending recorded, ending came, const std::string& peer) -> std::string {
    auto c = of(made_up().open(1).end(direction::back, recorded).close(), false, peer);
    c.end(came);
    return c.found() ? c.found()->sentence : "";
  };
  const std::string tls = "tls://127.0.0.1:9";
  EXPECT_EQ(said(ending::truncated, ending::truncated, tls), "");
  EXPECT_EQ(said(ending::truncated, ending::finished, tls),
            "it ended with close_notify, recorded was truncated");
  EXPECT_EQ(said(ending::finished, ending::truncated, tls),
            "it ended with truncated, recorded was close_notify");
  EXPECT_EQ(said(ending::truncated, ending::finished, "tcp://127.0.0.1:9"), "");
  EXPECT_EQ(said(ending::truncated, ending::reset, "tcp://127.0.0.1:9"),
            "it ended with reset, recorded was truncated");
  EXPECT_EQ(said(ending::given_up, ending::reset, tls), "");
}

TEST_F(Replay, OfATransferBringsTheFileOnceMore) {
  const std::string file = dir().write("file", random_bytes(200'000, 9));
  const auto into = [&](const char* name) {
    const auto made = dir() / name;
    std::filesystem::create_directory(made);
    return made;
  };
  const auto first = into("first");
  const auto second = into("second");
  receiving one("tcp://127.0.0.1:0", first, {"--record", (dir() / "heard").string()});
  const child_outcome sent = fairlead_tool({"send", file, one.address(), "--record", path()});
  EXPECT_EQ(sent.status, 0) << sent.errors;
  EXPECT_EQ(one.status(), 0) << one.errors();
  receiving other("tcp://127.0.0.1:0", second);
  const child_outcome again = fairlead_tool({"replay", path(), other.address(), "--speed", "0"});
  EXPECT_EQ(again.status, 0) << again.errors;
  EXPECT_EQ(other.status(), 0) << other.errors();
  EXPECT_TRUE(content_of(second / "file") == content_of(file));
  // The receiver's own recording, from the other side.
  running against(fairlead_command(
      {"replay", (dir() / "heard").string(), "tcp://127.0.0.1:0", "--serve", "--speed", "0"}));
  ASSERT_TRUE(against.complains("\n"));
  const std::string at = against.errors().substr(10, against.errors().find('\n') - 10);
  const child_outcome resent = fairlead_tool({"send", file, at});
  EXPECT_EQ(resent.status, 0) << resent.errors;
  EXPECT_EQ(against.status(), 0) << against.errors();
}

}  // namespace
