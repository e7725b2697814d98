// SPDX-License-Identifier: MIT
// What people see who sit at a terminal.
#include <signal.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tool/bench_running.hpp"
#include "tool/running.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;

class Terminal : public guarded<> {};

start_options at_terminal(std::vector<std::pair<std::string, std::string>> environment = {}) {
  start_options o;
  o.terminal = true;
  o.environment = std::move(environment);
  o.environment.insert(o.environment.begin(), {"TERM", "xterm-256color"});
  o.environment.insert(o.environment.begin(), {"NO_COLOR", ""});  // as good as not set
  return o;
}

TEST_F(Terminal, ErrorsAreInColourAndPointAtThePlace) {
  running t(fairlead_command({"connect", "tcp://localhost:70000"}), at_terminal());
  EXPECT_EQ(t.status(), 2);
  EXPECT_EQ(t.output(),
            "\033[31mfairlead:\033[0m tcp://localhost:70000: port must be 0 to 65535\r\n"
            "  tcp://localhost:70000\r\n"
            "                  ^^^^^\r\n");
}

TEST_F(Terminal, NoColourIsRespectedAndSoIsATerminalWithoutIt) {
  for (const auto& [name, value] :
       {std::pair("NO_COLOR", "1"), std::pair("TERM", "dumb"), std::pair("TERM", "")}) {
    running t(fairlead_command({"nonsense"}), at_terminal({{name, value}}));
    EXPECT_EQ(t.status(), 2);
    // In no colour; which names follow is the business of another test.
    EXPECT_TRUE(t.output().starts_with("fairlead: nonsense: no such command; there are connect, "))
        << name << ": " << t.output();
  }
}

TEST_F(Terminal, TheDemoIsInColour) {
  running t(fairlead_command({"demo"}), at_terminal({{"FAIRLEAD_BACKEND", "epoll"}}));
  EXPECT_TRUE(t.says("\033[32m✓\033[0m"));
  EXPECT_EQ(t.output().find("\r\n"), t.output().find('\n') - 1);
  t.signal(SIGINT);
  EXPECT_EQ(t.status(), 128 + SIGINT);
}

TEST_F(Terminal, AMeasurementShowsItsProgressInOneLineAndItsResultInColour) {
  const bench_server s({"tcp://127.0.0.1:0"});
  running t(fairlead_command({"bench", s.address(), "--time", "100ms", "--connections", "2"}), at_terminal());
  EXPECT_EQ(t.status(), 0) << t.output();
  const std::size_t rate = t.output().find(" requests/s  p50 ");
  ASSERT_NE(rate, std::string::npos) << t.output();
  const std::size_t progress = t.output().rfind('\r', rate);
  ASSERT_NE(progress, std::string::npos) << t.output();
  // How long it has taken by then is the machine's affair.
  char* time_ends = nullptr;
  EXPECT_GT(std::strtod(t.output().c_str() + progress + 1, &time_ends), 0) << t.output();
  EXPECT_TRUE(std::string_view(time_ends).starts_with(" s  ")) << t.output();
  const std::size_t gone = t.output().find("\r" + std::string(79, ' ') + "\r", progress);
  ASSERT_NE(gone, std::string::npos) << "the line is taken away";
  EXPECT_NE(t.output().find("\033[1m" + s.address(), gone), std::string::npos) << t.output();
  running quiet(fairlead_command({"bench", s.address(), "--time", "100ms", "--quiet"}),
                at_terminal({{"NO_COLOR", "1"}}));
  EXPECT_EQ(quiet.status(), 0);
  EXPECT_EQ(quiet.output().substr(0, s.address().size()), s.address()) << quiet.output();
}

TEST_F(Terminal, EachLineIsSentWhenItIsTypedAndCtrlDEndsTheInput) {
  listener echo("tcp://127.0.0.1:0", {"--echo"});
  running t(fairlead_command({"connect", echo.address()}), at_terminal());
  EXPECT_TRUE(t.write("hello\n"));
  EXPECT_TRUE(t.says("hello\r\nhello\r\n"));  // as typed, and as it came back
  EXPECT_TRUE(t.write("\004"));
  EXPECT_EQ(t.status(), 0) << t.output();
}

TEST_F(Terminal, CtrlCFinishesAndASecondOneLeaves) {
  listener l("tcp://127.0.0.1:0");
  running t(fairlead_command({"connect", l.address()}), at_terminal());
  EXPECT_TRUE(t.write("hello\n") && l.says("hello\n"));
  EXPECT_TRUE(t.write("\003"));
  EXPECT_TRUE(t.says("SIGINT: finishing; once more to leave at once\r\n"));
  EXPECT_TRUE(t.write("\003"));
  EXPECT_EQ(t.status(), 128 + SIGINT);
}

TEST_F(Terminal, SaysThatThePeerHasFinished) {
  listener l("tcp://127.0.0.1:0");
  running t(fairlead_command({"connect", l.address()}), at_terminal());
  l.close_input();
  EXPECT_TRUE(t.says("the peer has finished; Ctrl-D ends our side too\r\n"));
  EXPECT_TRUE(t.write("but I have not\n") && l.says("but I have not\n"));
  EXPECT_TRUE(t.write("\004"));
  EXPECT_EQ(t.status(), 0) << t.output();
}

// Every key is the peer's then, so that nothing could end our side.
TEST_F(Terminal, OnWhichEveryKeyIsSentLeavesWhenThePeerHasFinished) {
  listener shell("tcp://127.0.0.1:0", {"--exec", "read x; echo got $x", "--pty"});
  running t(fairlead_command({"connect", "--raw", shell.address()}), at_terminal());
  EXPECT_TRUE(t.write("hello\n"));
  EXPECT_TRUE(t.says("got hello\r\n"));
  EXPECT_EQ(t.status(), 0) << t.output();
}

TEST_F(Terminal, OnWhichEveryKeyIsSentInterruptsWhatRunsAtTheOtherEnd) {
  listener shell("tcp://127.0.0.1:0", {"--pty", "--exec",
                                       "trap 'echo inter''rupted; over=1' INT; echo ready; "
                                       "while [ -z \"$over\" ]; do sleep 0.1; done"});
  running t(fairlead_command({"connect", "--raw", shell.address()}), at_terminal());
  EXPECT_TRUE(t.says("ready\r\n"));
  EXPECT_TRUE(t.write("\003"));  // Ctrl-C
  EXPECT_TRUE(t.says("interrupted\r\n"));
  EXPECT_EQ(t.status(), 0) << t.output();
}

TEST_F(Terminal, IsPassedThroughToACommandOnAnotherOne) {
  running t(fairlead_command({"relay", "-",
                              "pty:trap 'echo inter''rupted; over=1' INT; tty; echo ready; "
                              "while [ -z \"$over\" ]; do sleep 0.1; done; read x; echo \"got $x\""}),
            at_terminal());
  EXPECT_TRUE(t.says("/dev/pts/"));
  EXPECT_TRUE(t.says("ready\r\n"));
  EXPECT_TRUE(t.write("\003"));  // Ctrl-C is for the command, not for us
  EXPECT_TRUE(t.says("interrupted\r\n"));
  EXPECT_TRUE(t.write("a line\n"));
  EXPECT_TRUE(t.says("got a line\r\n"));
  EXPECT_EQ(t.status(), 0) << t.output();
}

}  // namespace
