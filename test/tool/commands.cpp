// SPDX-License-Identifier: MIT
// listen --exec: a command for each client.
#include <signal.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include <fairlead/options.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/unix.hpp>

#include "support/bytes.hpp"
#include "support/temp_dir.hpp"
#include "tool/running.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;
using namespace std::chrono_literals;

class Exec : public guarded<> {};

TEST_F(Exec, TellsTheAddressesInTheEnvironment) {
  listener l("tcp://127.0.0.1:0", {"--exec", "echo $FAIRLEAD_LOCAL $FAIRLEAD_PEER", "--once"});
  const child_outcome o = fairlead_tool({"connect", "--verbose", l.address()});
  EXPECT_EQ(o.status, 0) << o.errors;
  const std::size_t from = o.errors.find(" from tcp://");
  ASSERT_NE(from, std::string::npos) << o.errors;
  const std::string ours = o.errors.substr(from + 6, o.errors.find('\n', from) - from - 6);
  EXPECT_EQ(o.output, l.address() + ' ' + ours + '\n');
}

TEST_F(Exec, ShowsIpv4ClientsOfADualStackListenerAsWhatTheyAre) {
  listener l("tcp://:0", {"--exec", "echo $FAIRLEAD_LOCAL", "--once"});
  const std::string address = "tcp://127.0.0.1:" + l.port();
  EXPECT_EQ(fairlead_tool({"connect", address}).output, address + '\n');
}

TEST_F(Exec, LosesNoLastBytesOfACommandThatEndsAtOnce) {
  const temp_dir dir;
  const std::string content = random_bytes(500'000, 5);
  const std::string file = dir.write("content", content);
  listener l("tcp://127.0.0.1:0", {"--exec", "cat " + file});
  for (int i = 0; i < 3; ++i) {
    // The client sends what the command never reads: that must not reset the connection.
    const child_outcome o = fairlead_tool({"connect", l.address()}, {.input = content, .environment = {}});
    EXPECT_EQ(o.status, 0) << o.errors;
    EXPECT_TRUE(o.output == content) << o.output.size();
  }
}

// A client whose system takes only little at a time, so that much is on its way when its command has ended.
class SlowClient : public guarded<> {
 protected:
  static constexpr std::size_t much = 1'500'000;
  static const std::string& command() {
    static const std::string text = "head -c " + std::to_string(much) + " /dev/zero";
    return text;
  }
  static const std::string& address() {
    static const std::string text = "tcp://127.0.0.1:0?sndbuf=4MiB";
    return text;
  }

  fairlead::result<fairlead::tcp_stream> to(const listener& l) {
    auto socket = fairlead::tcp_socket::open(fairlead::family::ipv4);
    EXPECT_TRUE(socket && socket->set(fairlead::option::receive_buffer(4096)));
    const fairlead::port there = *fairlead::port::parse(l.port());
    return socket->connect({fairlead::ipv4_address::loopback(), there}).within(soon).wait();
  }
  static std::size_t all_from(fairlead::tcp_stream& s) {
    std::string buffer(65536, '\0');
    for (std::size_t all = 0;;) {
      const auto n = s.recv(buffer).within(soon).wait();
      EXPECT_TRUE(n) << n.error().message();
      if (!n || *n == 0) return all;
      all += *n;
    }
  }
};

TEST_F(SlowClient, GetsEverythingAlthoughItsCommandEndedLongAgoAndItStillSends) {
  listener l(address(), {"--exec", command(), "--once", "--verbose"});
  auto client = to(l);
  ASSERT_TRUE(client);
  ASSERT_TRUE(l.complains("exit status 0"));
  std::this_thread::sleep_for(3s);  // longer than one that has everything is waited for
  ASSERT_TRUE(client->send("still here").within(soon).wait());
  EXPECT_EQ(all_from(*client), much);
  EXPECT_TRUE(client->shutdown().wait());
  EXPECT_EQ(l.status(), 0) << l.errors();
}

TEST_F(SlowClient, IsReportedIfItReadsNothing) {
  listener l(address(), {"--exec", command(), "--once", "--idle", "3s"});
  auto client = to(l);
  ASSERT_TRUE(client);
  EXPECT_EQ(l.status(), 3) << l.errors();
}

TEST_F(SlowClient, IsReportedIfItReadsNothingAndHasSaidThatItSendsNoMore) {
  listener l(address(), {"--exec", command(), "--once", "--idle", "3s"});
  auto client = to(l);
  ASSERT_TRUE(client);
  ASSERT_TRUE(client->shutdown().wait());
  EXPECT_EQ(l.status(), 3) << l.errors();
  EXPECT_NE(l.errors().find(" bytes were not taken within 3 s"), std::string::npos) << l.errors();
}

TEST_F(SlowClient, IsReportedIfItLeavesInTheMidst) {
  listener l(address(), {"--exec", command(), "--once", "--verbose"});
  auto client = to(l);
  ASSERT_TRUE(client);
  ASSERT_TRUE(client->shutdown().wait());
  ASSERT_TRUE(l.complains("has finished after " + std::to_string(much)));
  ASSERT_TRUE(client->close());
  EXPECT_EQ(l.status(), 1) << l.errors();
}

TEST_F(Exec, PassesTheEndOfInputToTheCommandAndItsAnswerBack) {
  listener l("tcp://127.0.0.1:0", {"--exec", "wc -c"});
  const child_outcome o =
      fairlead_tool({"connect", l.address()}, {.input = random_bytes(123'456, 6), .environment = {}});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_EQ(o.output, "123456\n");
}

TEST_F(Exec, ReportsAClientOnThisMachineThatLeavesBeforeItHasReadTheAnswer) {
  const temp_dir dir;
  for (const char* const scheme : {"unix:", "unix-seqpacket:"}) {
    const std::string path = (dir / (std::string(scheme) + "s")).string();
    listener l(scheme + path, {"--exec", "cat > /dev/null; echo answer", "--once"});
    const auto leave = [&](auto client) {
      EXPECT_TRUE(client.shutdown().wait());
      EXPECT_TRUE(client.readable().within(soon).wait());
    };
    if (scheme == std::string_view("unix:")) {
      leave(fairlead::unix_stream::connect(dir.socket(std::string(scheme) + "s")).wait().value());
    } else {
      leave(fairlead::unix_seqpacket_socket::connect(dir.socket(std::string(scheme) + "s")).wait().value());
    }
    EXPECT_EQ(l.status(), 1) << scheme;
    EXPECT_TRUE(l.errors().contains("left before it had taken everything") || l.errors().contains("reset"))
        << l.errors();
  }
}

TEST_F(Exec, ReportsACommandThatFails) {
  listener l("tcp://127.0.0.1:0", {"--exec", "echo bye; exit 3", "--once"});
  const child_outcome o = fairlead_tool({"connect", l.address()});
  EXPECT_EQ(o.status, 0);
  EXPECT_EQ(o.output, "bye\n");
  EXPECT_EQ(l.status(), 1);  // never 0 after a failure
  EXPECT_EQ(lines_of(l.errors()).at(1).substr(0, 62),
            "fairlead: run echo bye; exit 3: exit status 3, for tcp://127.0");
}

TEST_F(Exec, ReportsACommandThatIsKilledOrDoesNotExist) {
  listener killed("tcp://127.0.0.1:0", {"--exec", "kill -9 $$", "--once"});
  (void)fairlead_tool({"connect", killed.address()});
  EXPECT_EQ(killed.status(), 1);
  EXPECT_NE(killed.errors().find(": killed by SIGKILL, for tcp://127.0.0.1:"), std::string::npos)
      << killed.errors();
  listener missing("tcp://127.0.0.1:0", {"--exec", "/no/such/program", "--once"});
  (void)fairlead_tool({"connect", missing.address()});
  EXPECT_EQ(missing.status(), 1);
  EXPECT_NE(missing.errors().find(": exit status 127, for tcp://127.0.0.1:"), std::string::npos)
      << missing.errors();
}

TEST_F(Exec, GivesEveryClientACommandOfItsOwn) {
  listener l("tcp://127.0.0.1:0", {"--exec", "read name; echo hello $name; cat"});
  running a(fairlead_command({"connect", l.address()}));
  running b(fairlead_command({"connect", l.address()}));
  EXPECT_TRUE(b.write("b\n") && b.says("hello b\n"));
  EXPECT_TRUE(a.write("a\n") && a.says("hello a\n"));
  EXPECT_TRUE(b.write("more\n") && b.says("more\n"));
  a.close_input(), b.close_input();
  EXPECT_EQ(a.status(), 0);
  EXPECT_EQ(b.status(), 0);
}

// The number that a command printed of itself.
pid_t process_of(running& client) {
  EXPECT_TRUE(client.says("\n"));
  return static_cast<pid_t>(std::stol(client.output()));
}

bool is_gone(pid_t id) { return ::kill(id, 0) != 0 && errno == ESRCH; }

TEST_F(Exec, EndsTheCommandWhenItsClientResets) {
  listener l("tcp://127.0.0.1:0", {"--exec", "echo $$; exec sleep 1000", "--once"});
  const fairlead::port there = *fairlead::port::parse(l.port());
  auto client =
      fairlead::tcp_stream::connect({fairlead::ipv4_address::loopback(), there}).within(soon).wait();
  ASSERT_TRUE(client);
  std::string line;
  while (!line.ends_with('\n')) {
    char byte[1];
    ASSERT_TRUE(client->recv_exactly(byte).within(soon).wait());
    line += byte[0];
  }
  ASSERT_TRUE(client->set(fairlead::option::linger::reset()));
  ASSERT_TRUE(client->close());
  EXPECT_EQ(l.status(), 1);
  EXPECT_NE(l.errors().find("connection reset by peer"), std::string::npos) << l.errors();
  EXPECT_TRUE(is_gone(static_cast<pid_t>(std::stol(line))));
}

TEST_F(Exec, LetsCommandsFinishAfterOneInterruptAndKillsThemAfterTwo) {
  listener l("tcp://127.0.0.1:0", {"--exec", "echo $$; exec cat", "--verbose"});
  running client(fairlead_command({"connect", l.address()}));
  const pid_t id = process_of(client);
  l.signal(SIGINT);
  EXPECT_TRUE(l.complains("SIGINT: finishing"));
  EXPECT_TRUE(client.write("still here?\n") && client.says("still here?\n"));
  l.signal(SIGINT);
  EXPECT_EQ(l.status(), 128 + SIGINT);
  EXPECT_TRUE(is_gone(id));
}

TEST_F(Exec, EndsAfterTooLongASilence) {
  listener l("tcp://127.0.0.1:0", {"--exec", "echo $$; exec sleep 1000", "--idle", "2s", "--once"});
  running client(fairlead_command({"connect", l.address()}));
  const pid_t id = process_of(client);
  EXPECT_EQ(l.status(), 3);
  EXPECT_NE(l.errors().find(": silent for 2 s\n"), std::string::npos) << l.errors();
  EXPECT_TRUE(is_gone(id));
}

}  // namespace
