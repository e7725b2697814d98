// SPDX-License-Identifier: MIT
// What the tool says when it is asked for help or is given what it cannot use: whole sentences, and status 2.
#include <gtest/gtest.h>

#include <fairlead/version.hpp>

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

TEST(Tool, HelpsWithEachCommandWithin80Columns) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"--help"}, {"-h"}, {"connect", "--help"}, {"listen", "-h"}, {"demo", "--help"}}) {
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
  expect_wrong({"DEMO!"}, "DEMO!: no such command; there are connect, listen, demo");
}

TEST(Tool, SuggestsTheNearestFlag) {
  expect_wrong({"demo", "--jsno"}, "--jsno: no such flag; did you mean --json?");
  expect_wrong({"demo", "--verb"}, "--verb: no such flag; did you mean --verbose?");
  expect_wrong({"demo", "-Z"}, "-Z: no such flag; --help lists them");
  expect_wrong({"demo", "--frobnicate=3"}, "--frobnicate: no such flag; --help lists them");
  expect_wrong({"--frobnicate"}, "--frobnicate: no such flag; --help lists them");
}

TEST(Tool, WantsACommandAndNoMoreThanItCanUse) {
  expect_wrong({}, "a command is missing: connect, listen, demo (--help says more)");
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

TEST(Tool, DoesNotClaimSuccessWhenItsOutputIsLost) {
  const child_outcome o = run_program({"/bin/sh", "-c", FAIRLEAD_TOOL " --version >/dev/full"});
  EXPECT_EQ(o.status, 1);
  EXPECT_EQ(o.errors, "fairlead: write standard output: No space left on device\n");
}

}  // namespace
