// SPDX-License-Identifier: MIT
// What the tool says when it is asked for help or is given what it cannot use: whole sentences, and status 2.
#include <gtest/gtest.h>

#include <fairlead/version.hpp>

#include "command/command.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;

void expect_wrong(const std::vector<std::string>& words, const std::string& sentence) {
  const child_outcome o = fairlead_tool(words);
  EXPECT_EQ(o.status, 2) << sentence;
  EXPECT_EQ(o.output, "");
  EXPECT_EQ(o.errors, "fairlead: " + sentence + "\n");
}

TEST(Tool, SaysItsVersion) {
  for (const char* const flag : {"--version", "-V"}) {
    const child_outcome o = fairlead_tool({flag});
    EXPECT_EQ(o.status, 0);
    EXPECT_EQ(o.output, "fairlead " FAIRLEAD_VERSION "\n");
    EXPECT_EQ(o.errors, "");
  }
}

std::string names_of_commands() {
  std::string all;
  for (const tool::command& c : tool::commands()) all += (all.empty() ? "" : ", ") + std::string(c.name);
  return all;
}

TEST(Tool, HelpsWithEachCommandWithin80Columns) {
  std::vector<std::vector<std::string>> each = {{"--help"}, {"-h"}, {"listen", "-h"}};
  for (const tool::command& c : tool::commands()) each.push_back({std::string(c.name), "--help"});
  for (const std::vector<std::string>& words : each) {
    const child_outcome o = fairlead_tool(words);
    EXPECT_EQ(o.status, 0);
    EXPECT_EQ(o.errors, "");
    EXPECT_NE(o.output.find("Usage: fairlead "), std::string::npos);
    EXPECT_NE(o.output.find("--help "), std::string::npos);
    for (const std::string& line : lines_of(o.output)) EXPECT_LE(columns_of(line), 80U) << line;
  }
}

TEST(Tool, SuggestsTheNearestCommand) {
  expect_wrong({"dmeo"}, "dmeo: no such command; did you mean demo?");
  expect_wrong({"DEMO!"}, "DEMO!: no such command; there are " + names_of_commands());
}

TEST(Tool, SuggestsTheNearestFlag) {
  expect_wrong({"demo", "--jsno"}, "--jsno: no such flag; did you mean --json?");
  expect_wrong({"demo", "--verb"}, "--verb: no such flag; did you mean --verbose?");
  expect_wrong({"demo", "-Z"}, "-Z: no such flag; --help lists them");
  expect_wrong({"demo", "--frobnicate=3"}, "--frobnicate: no such flag; --help lists them");
  expect_wrong({"--frobnicate"}, "--frobnicate: no such flag; --help lists them");
}

TEST(Tool, WantsACommandAndNoMoreThanItCanUse) {
  expect_wrong({}, "a command is missing: " + names_of_commands() + " (--help says more)");
  expect_wrong({"demo", "extra"}, "extra: one argument too many");
}

TEST(Tool, WantsValuesWhereTheyBelongAndOnlyThere) {
  expect_wrong({"listen", "--exec"}, "--exec: needs a value: COMMAND");
  expect_wrong({"listen", "--idle", "", ":0"}, "--idle: needs a value: DURATION");
  expect_wrong({"listen", "--echo=false", ":0"}, "--echo: takes no value");
  expect_wrong({"connect", "--quiet=yes", ":1"}, "--quiet: takes no value");
}

TEST(Tool, TakesWhatFollowsTwoDashesForNoFlag) {
  expect_wrong({"connect", "--", "--help"}, "--help: the port is missing, as in tcp://localhost:7007");
  expect_wrong({"connect", "--", "-x", "y"}, "y: one argument too many");
}

TEST(Tool, ConnectsToNoPortThatIsForListening) {
  expect_wrong({"connect", "127.0.0.1:0"},
               "tcp://127.0.0.1:0: port 0 is for listening; give the port of the server");
  expect_wrong({"connect", "udp://127.0.0.1:0"},
               "udp://127.0.0.1:0: port 0 is for listening; give the port of the server");
}

TEST(Tool, SaysWhatMakesNoSenseToMeasure) {
  expect_wrong({"bench"}, "bench: ADDR is missing (--help says more)");
  expect_wrong({"send", "exec:cat"}, "send: FILE is missing (--help says more)");
  expect_wrong({"bench", "tcp://[::1]:1", "extra"}, "extra: one argument too many without --serve");
  expect_wrong({"bench", "tcp://[::1]:1", "--reverse", "--both"}, "--reverse and --both: choose one of them");
  expect_wrong({"bench", "tcp://[::1]:1", "--streams", "2", "--connections", "2"},
               "--connections: is for requests; bulk has --streams");
  expect_wrong({"bench", "tcp://[::1]:1", "--connect", "--rate", "2"},
               "--connect: goes with --connections only, not with bulk or a rate");
  expect_wrong({"bench", "tcp://[::1]:1", "--streams", "2", "--rate", "2"},
               "--rate: streams of bytes go as fast as they can; it is for requests and datagrams");
  expect_wrong({"bench", "tcp://[::1]:1", "--loops", "2", "--iperf3"},
               "--loops: a test of iperf3 runs on one");
  expect_wrong({"bench", "--serve", "tcp://[::1]:1", "--loops", "2", "--max-clients", "2"},
               "--max-clients and --loops: choose one; each loop counts by itself");
  expect_wrong({"bench", "--serve", "tcp://[::1]:1", "--loops", "257"}, "--loops: must be 1 to 256");
  expect_wrong({"bench", "tcp://[::1]:1", "--polling", "sometimes"},
               "--polling sometimes: must be off, adaptive or always");
  expect_wrong({"relay", "tcp://[::1]:1", "tcp://[::1]:2", "--polling", "now"},
               "--polling now: must be off, adaptive or always");
  expect_wrong({"listen", "tcp://[::1]:1", "--idle", "-1s"}, "--idle -1s: a duration cannot be negative");
  expect_wrong({"bench", "tcp://[::1]:1", "--size", "-2"}, "--size -2: a size cannot be negative");
  expect_wrong({"bench", "tcp://[::1]:1", "-l", "-2"}, "--size -2: a size cannot be negative");
  expect_wrong({"listen", "tcp://[::1]:1", "--polling", "off"},
               "--polling: belongs to relay, bench, not to listen");
  expect_wrong({"bench", "udp://[::1]:1", "--connect"}, "--connect: datagrams need no connection");
  expect_wrong({"bench", "udp://[::1]:1", "--size", "39"}, "--size 39: must be 40 to 65507 bytes on udp");
  expect_wrong({"bench", "tcp://[::1]:1", "--size", "2m"},
               "--size 2097152: must be 1 to 1048576 bytes on tcp");
  expect_wrong({"bench", "tcp://[::1]:1", "--time", "25h"},
               "--time: with --warmup and --timeout, 24 hours are the most");
  expect_wrong({"bench", "tcp://[::1]:1", "--rate", "fast"},
               "--rate fast: must be a number from 1 to 1000000");
  expect_wrong({"bench", "tcp://[::1]:1", "--max-clients", "1"}, "--max-clients: goes with --serve only");
  expect_wrong({"bench", "--serve", "tcp://[::1]:0", "--streams", "1"},
               "--streams: is for the client; the server does what its clients say");
  expect_wrong({"bench", "tcp://[::1]:1", "--conections", "1"},
               "--conections: no such flag; did you mean --connections?");
}

// CLI11 would make a list of them.
TEST(Tool, TakesWhatIsInBracketsAsItIs) {
  expect_wrong({"send", "[draft]", "tcp://[::1]:1"}, "open [draft]: no such file or directory");
  expect_wrong({"send", "[a,b]", "tcp://[::1]:1"}, "open [a,b]: no such file or directory");
  expect_wrong({"connect", "tls://[::1]:1", "--ca", "[ca]"}, "open [ca]: no such file or directory");
  expect_wrong({"connect", "tls://[::1]:1", "--ca=[ca]"}, "open [ca]: no such file or directory");
  expect_wrong({"send", "\x01[draft]", "tcp://[::1]:1"}, "open \\x01[draft]: no such file or directory");
  const child_outcome o = fairlead_tool({"connect", "[::1]"});
  EXPECT_EQ(o.status, 2);
  EXPECT_TRUE(o.errors.contains("the port is missing")) << o.errors;
}

TEST(Tool, DoesNotClaimSuccessWhenItsOutputIsLost) {
  for (const std::string words : {"--version", "--help", "resolve --help", "resolve --json localhost",
                                  "resolve -q localhost", "completion bash", "demo --quiet --json"}) {
    const child_outcome o =
        run_program({"/bin/sh", "-c", "exec '" FAIRLEAD_TOOL "' " + words + " >/dev/full"});
    EXPECT_EQ(o.status, 1) << words;
    EXPECT_EQ(o.errors, "fairlead: write standard output: no space left on device\n") << words;
  }
}

}  // namespace
