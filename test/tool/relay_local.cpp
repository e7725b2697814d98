// SPDX-License-Identifier: MIT
// fairlead relay to what is no socket: files, devices, commands, and terminals of theirs.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/bytes.hpp"
#include "support/temp_dir.hpp"
#include "tool/running.hpp"
#include "tool/tool.hpp"
#include "tool/transferring.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;

class LocalRelay : public guarded<> {
 protected:
  temp_dir files_;
  std::string file(const std::string& name) { return (files_ / name).string(); }
};

TEST_F(LocalRelay, ADeviceIsReadOrWrittenAndNotBoth) {
  const child_outcome full =
      fairlead_tool({"relay", "-", "file:/dev/full"}, {.input = "x", .environment = {}});
  EXPECT_EQ(full.status, 1);
  EXPECT_EQ(full.output, "");
  EXPECT_EQ(full.errors, "fairlead: write /dev/full: no space left on device\n");
  const child_outcome null =
      fairlead_tool({"relay", "-", "file:/dev/zero"}, {.input = "x", .environment = {}});
  EXPECT_EQ(null.status, 0) << null.errors;
  EXPECT_EQ(null.output, "");
}

TEST_F(LocalRelay, AFileThatCannotBeIsNamedBeforeAnybodyComes) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"relay", "tcp://127.0.0.1:0", "file:/nowhere/x"},
        {"relay", "-", "file:/nowhere/x"},
        {"relay", "file:/nowhere/x", "-"}}) {
    const child_outcome o = fairlead_tool(words);
    EXPECT_EQ(o.status, 2);
    EXPECT_EQ(o.errors, "fairlead: open /nowhere/x: no such file or directory\n");
  }
}

TEST_F(LocalRelay, FilesAreReadAndWrittenAndAddedTo) {
  const std::string data = random_bytes(300'000, 3);
  const std::string in = files_.write("in", data);
  const std::string out = file("out");
  const child_outcome copied = fairlead_tool({"relay", "file:" + in, "file:" + out});
  EXPECT_EQ(copied.status, 0) << copied.errors;
  EXPECT_TRUE(content_of(out) == data);
  const child_outcome added = fairlead_tool({"relay", "file:" + in, "file:" + out + "?append=1"});
  EXPECT_EQ(added.status, 0) << added.errors;
  EXPECT_TRUE(content_of(out) == data + data);
  relaying log("tcp://127.0.0.1:0", "file:" + out + "?append=yes", {"--verbose"});
  program_options with;
  with.input = "a line\n";
  EXPECT_EQ(fairlead_tool({"connect", log.address()}, with).status, 0);
  EXPECT_TRUE(log.complains(": done"));
  EXPECT_TRUE(content_of(out).ends_with("a line\n"));
}

TEST_F(LocalRelay, AFileIsShownAndOurInputLeftToOthers) {
  const std::string in = files_.write("in", "something\n");
  const child_outcome o =
      fairlead_tool({"relay", "file:" + in, "-"}, {.input = "for somebody else", .environment = {}});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_EQ(o.output, "something\n");
  EXPECT_EQ(o.errors, "");
}

TEST_F(LocalRelay, AClientWhoseBytesCouldNotBeWrittenLearnsOfIt) {
  relaying r("tcp://127.0.0.1:0", "file:/dev/full", {"--once"});
  program_options with;
  with.input = std::string(200'000, 'x');
  const child_outcome o = fairlead_tool({"connect", r.address()}, with);
  EXPECT_EQ(o.status, 1) << "an end would look as if all were well";
  EXPECT_EQ(r.status(), 1);
  EXPECT_TRUE(r.errors().ends_with("fairlead: write /dev/full: no space left on device\n")) << r.errors();
}

TEST_F(LocalRelay, WhoReplacesAFileIsAlone) {
  relaying r("tcp://127.0.0.1:0", "file:" + file("out"), {"--verbose"});
  running first(fairlead_command({"connect", r.address()}));
  first.write("a long line\n");
  ASSERT_TRUE(r.complains("joined")) << r.errors();
  running second(fairlead_command({"connect", r.address()}));
  second.write("short\n");
  second.close_input();
  first.write("and another one\n");
  first.close_input();
  EXPECT_EQ(first.status(), 0) << first.errors();
  EXPECT_EQ(second.status(), 0) << second.errors() << "whose end says that everything is written";
  EXPECT_EQ(content_of(file("out")), "short\n");
}

TEST_F(LocalRelay, ACommandOfASilentPeerOfDatagramsIsEnded) {
  relaying r("udp://127.0.0.1:0", "exec:cat >/dev/null; exec sleep 1000",
             {"--idle", "100ms", "--max-clients", "1", "--verbose"});
  const child_outcome o =
      fairlead_tool({"connect", r.address(), "--idle", "100ms"}, {.input = "x", .environment = {}});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_TRUE(r.complains("killed by SIGTERM")) << r.errors();
  EXPECT_TRUE(r.complains(": done")) << "its place is free again: " << r.errors();
}

TEST_F(LocalRelay, AFileThatIsReadTakesNothing) {
  const std::string in = files_.write("in", "something");
  listener echo("tcp://127.0.0.1:0", {"--echo"});
  const child_outcome o = fairlead_tool({"relay", "file:" + in, echo.address()});
  EXPECT_EQ(o.status, 1);
  EXPECT_TRUE(o.errors.contains("it is read here and takes nothing")) << o.errors;
  const child_outcome missing = fairlead_tool({"relay", "file:" + file("missing"), echo.address()});
  EXPECT_EQ(missing.status, 2);
  EXPECT_TRUE(missing.errors.contains("no such file")) << missing.errors;
}

TEST_F(LocalRelay, ACommandKnowsWhoItIsFor) {
  relaying r("tcp://127.0.0.1:0", R"(exec:echo "$FAIRLEAD_LOCAL $FAIRLEAD_PEER"; exit 3)");
  const child_outcome o = fairlead_tool({"connect", r.address()});
  EXPECT_TRUE(o.output.starts_with(r.address() + " tcp://127.0.0.1:")) << o.output;
  EXPECT_TRUE(r.complains("exit status 3, for tcp://127.0.0.1:"));
}

TEST_F(LocalRelay, ACommandOnATerminalHasOneAndItsLastBytesArrive) {
  relaying r("tcp://127.0.0.1:0", "pty:tty; stty size; seq 1 5000; exit 7");
  for (int round = 0; round < 10; ++round) {
    const child_outcome o = fairlead_tool({"connect", r.address()});
    EXPECT_EQ(o.status, 0) << o.errors;
    EXPECT_TRUE(o.output.starts_with("/dev/pts/")) << o.output;
    EXPECT_TRUE(o.output.contains("\r\n24 80\r\n1\r\n")) << o.output.substr(0, 100);
    EXPECT_TRUE(o.output.ends_with("4999\r\n5000\r\n")) << o.output.size();
  }
  EXPECT_TRUE(r.complains("exit status 7"));
}

TEST_F(LocalRelay, TheEndOfInputIsTypedOnATerminal) {
  for (const std::string input : {"a line\n", "half a line"}) {
    program_options with;
    with.input = input;
    const child_outcome o = fairlead_tool({"relay", "-", "pty:stty -echo; cat; echo over"}, with);
    EXPECT_EQ(o.status, 0) << o.errors;
    EXPECT_TRUE(o.output.contains(input.substr(0, 6))) << o.output;
    EXPECT_TRUE(o.output.contains("over\r\n")) << o.output;
  }
}

TEST_F(LocalRelay, AFileIsNotCopiedOntoItself) {
  const std::string name = files_.write("x", "precious");
  const child_outcome o = fairlead_tool({"relay", "file:" + name, "file:" + file(".") + "/x?append=1"});
  EXPECT_EQ(o.status, 2);
  EXPECT_TRUE(o.errors.contains("is what is read, too; give another file")) << o.errors;
  EXPECT_EQ(content_of(name), "precious");
}

TEST_F(LocalRelay, ADirectoryIsNoFile) {
  const std::string directory = files_.path().string();
  for (const std::vector<std::string>& words : {std::vector<std::string>{"relay", "file:" + directory, "-"},
                                                {"relay", "-", "file:" + directory},
                                                {"relay", "file:" + directory, "listen:tcp://127.0.0.1:0"}}) {
    const child_outcome o = fairlead_tool(words);
    EXPECT_EQ(o.status, 2);
    EXPECT_EQ(o.errors, "fairlead: open " + directory + ": is a directory\n");
  }
}

TEST_F(LocalRelay, ATerminalOfACommandIsAsLargeAsOursAndChangesWithIt) {
  start_options at_terminal;
  at_terminal.terminal = true;
  running t(fairlead_command({"relay", "-",
                              "pty:trap 'stty size; over=1' WINCH; echo ready; "
                              "while [ -z \"$over\" ]; do sleep 0.1; done; read x"}),
            at_terminal);
  EXPECT_TRUE(t.says("ready\r\n"));
  t.resize(40, 123);
  EXPECT_TRUE(t.says("40 123\r\n")) << t.output();
  EXPECT_TRUE(t.write("\n"));
  EXPECT_EQ(t.status(), 0) << t.output();
}

// Of each is known how it has left, which is when nothing of it remains.
TEST_F(LocalRelay, CommandsThatHaveLeftAreNoLongerThere) {
  relaying r("tcp://127.0.0.1:0", "exec:exit 5");
  constexpr std::size_t rounds = 5;
  for (std::size_t i = 0; i < rounds; ++i) EXPECT_EQ(fairlead_tool({"connect", r.address()}).output, "");
  EXPECT_TRUE(r.complains_lines(1 + rounds));
  std::ifstream children("/proc/" + std::to_string(r.id()) + "/task/" + std::to_string(r.id()) + "/children");
  if (!children) GTEST_SKIP() << "this kernel does not list the children of a process";
  std::string all;
  std::getline(children, all);
  EXPECT_EQ(all, "");
}

}  // namespace
