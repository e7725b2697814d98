// SPDX-License-Identifier: MIT
// Whoever reads what we say may leave: that ends a command as pipelines end, with its report, and no
// listener.
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tool/bench_running.hpp"
#include "tool/recordings.hpp"
#include "tool/reporting.hpp"
#include "tool/running.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;
using words = std::vector<std::string>;

// The reader of that stream has left before the program begins, and nobody has ignored SIGPIPE for it.
start_options unread(int stream) {
  start_options o;
  o.in_the_child = [stream] {
    ::signal(SIGPIPE, SIG_DFL);
    int ends[2];
    if (::pipe(ends) != 0) return;
    ::dup2(ends[1], stream);
    ::close(ends[0]);
    ::close(ends[1]);
  };
  return o;
}

class Unread : public Report {
 protected:
  // The report is there, says the status, and is all that is there.
  void expect_report() const {
    ASSERT_TRUE(std::filesystem::exists(path()));
    EXPECT_EQ(written()["status"], 128 + SIGPIPE);
    EXPECT_EQ(written()["signal"], "SIGPIPE");
    for (const auto& entry : std::filesystem::directory_iterator(dir().path()))
      EXPECT_NE(entry.path().extension(), ".part");
  }
};

TEST_F(Unread, OutputEndsACommandQuietlyAndWithItsReport) {
  listener echo("tcp://127.0.0.1:0", {"--echo"});
  const std::string recording = dir().write("rec", made_up().open(1).there("x").finished().text());
  for (const words& line : {words{"resolve", "--quiet", "localhost"},
                            {"probe", "--json", echo.address(), "--count", "1"},
                            {"replay", recording},
                            {"replay", recording, "--json"}}) {
    words whole = line;
    whole.insert(whole.end(), {"--report", path()});
    running shown(fairlead_command(whole), unread(1));
    EXPECT_EQ(shown.status(), 128 + SIGPIPE) << line.front();
    EXPECT_EQ(shown.errors(), "") << line.front();
    expect_report();
    std::filesystem::remove(path());
  }
}

TEST_F(Unread, OutputEndsAMeasurementAtOnce) {
  const bench_server server({"tcp://127.0.0.1:0"});
  running client(fairlead_command({"bench", server.address(), "--json", "--time", "1h", "--report", path()}),
                 unread(1));
  EXPECT_EQ(client.status(), 128 + SIGPIPE);
  expect_report();
  EXPECT_EQ(written()["result"]["exit_status"], 128 + SIGPIPE);
}

TEST_F(Unread, OutputEndsTheDemoAtOnceAndInOrder) {
  start_options o = unread(1);
  o.environment = {{"FAIRLEAD_BACKEND", "epoll"}, {"TMPDIR", dir().path().string()}};
  running demo(fairlead_command({"demo", "--report", path()}), o);
  EXPECT_EQ(demo.status(), 128 + SIGPIPE);
  EXPECT_EQ(demo.errors(), "");
  expect_report();
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir().path()), {}), 1)
      << "the directory of its sockets was left";
}

TEST_F(Unread, ExportEndsQuietlyToo) {
  const std::string recording = dir().write("rec", made_up().open(1).there("x").finished().text());
  running exporting(fairlead_command({"replay", recording, "--export", "/dev/stdout", "--report", path()}),
                    unread(1));
  EXPECT_EQ(exporting.status(), 128 + SIGPIPE);
  EXPECT_EQ(exporting.errors(), "");
  expect_report();
}

TEST_F(Unread, EventsEndNoListener) {
  const std::string address = "unix:" + path("socket");
  running echo(fairlead_command({"listen", address, "--echo", "--json", "--verbose", "--report", path()}),
               unread(2));
  for (int i = 0; i < 3; ++i) {
    const child_outcome o = connect_when_it_listens(address, {}, "hello");
    EXPECT_EQ(o.status, 0) << o.errors;
    EXPECT_EQ(o.output, "hello");
  }
  echo.signal(SIGTERM);
  EXPECT_EQ(echo.status(), 128 + SIGTERM);
  EXPECT_EQ(written()["conversations"]["count"], 3);
}

TEST_F(Unread, DumpEndsNoConversation) {
  listener echo("tcp://127.0.0.1:0", {"--echo"});
  running client(fairlead_command({"connect", echo.address(), "--hex"}), unread(2));
  for (const char* const word : {"one", "two", "three"}) EXPECT_TRUE(client.write(word) && client.says(word));
  client.close_input();
  EXPECT_EQ(client.status(), 0);
}

TEST_F(Unread, RecordingIsToldAndTheConversationGoesOn) {
  const std::string pipe = path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  listener echo("tcp://127.0.0.1:0", {"--echo"});
  start_options o;
  o.in_the_child = [] { ::signal(SIGPIPE, SIG_DFL); };
  running client(fairlead_command({"connect", echo.address(), "--record", pipe}), o);
  EXPECT_TRUE(client.write("kept") && client.says("kept"));
  ::close(reader);
  EXPECT_TRUE(client.write(" and lost") && client.says("kept and lost"));
  client.close_input();
  EXPECT_EQ(client.status(), 1);
  EXPECT_EQ(client.output(), "kept and lost");
  EXPECT_EQ(client.errors(),
            "fairlead: write " + pipe + ": broken pipe; what comes is not recorded any more\n");
}

// What we ignore is no matter for the commands that we start.
TEST_F(Unread, OutputStillEndsTheCommandsThatServe) {
  listener many("tcp://127.0.0.1:0", {"--exec", "yes | head -n 1; echo over"});
  const child_outcome o = fairlead_tool({"connect", many.address()});
  EXPECT_EQ(o.output, "y\nover\n");
  many.signal(SIGTERM);
  EXPECT_EQ(many.status(), 128 + SIGTERM);
  EXPECT_EQ(many.errors(), "listening " + many.address() + "\n") << "yes has complained";
}

}  // namespace
