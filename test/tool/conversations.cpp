// SPDX-License-Identifier: MIT
// connect and listen talking to each other: every scheme, both directions, each ending by itself.
#include <signal.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "support/temp_dir.hpp"
#include "tool/running.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;

// An address of each scheme to listen at; Unix ones are in a directory that goes with the test.
class EveryScheme : public guarded<::testing::TestWithParam<std::string>> {
 protected:
  [[nodiscard]] std::string place() const {
    const std::string& scheme = GetParam();
    if (scheme == "unix@") return "unix:@fairlead-test-" + dir_.path().filename().string();
    if (scheme.starts_with("unix")) return scheme + ':' + (dir_ / "s").string();
    return scheme + "://" + (scheme == "tcp6" || scheme == "udp6" ? "[::1]" : "127.0.0.1") + ":0";
  }
  [[nodiscard]] bool datagrams() const { return GetParam().starts_with("udp") || GetParam() == "unix-dgram"; }
  void SetUp() override {
    if (GetParam().ends_with('6') && listener(place(), {"--echo"}).address().empty()) {
      GTEST_SKIP() << "no IPv6 on this machine";
    }
  }

 private:
  temp_dir dir_;
};

std::string name_of_scheme(const ::testing::TestParamInfo<std::string>& info) {
  std::string name;
  for (const char c : info.param)
    name += c == '-' ? "_" : c == '@' ? std::string("_abstract") : std::string(1, c);
  return name;
}

INSTANTIATE_TEST_SUITE_P(Of, EveryScheme,
                         ::testing::Values("tcp", "tcp4", "tcp6", "udp", "udp6", "unix", "unix@",
                                           "unix-dgram", "unix-seqpacket"),
                         name_of_scheme);

TEST_P(EveryScheme, AnEchoComesBack) {
  listener echo(place(), {"--echo"});
  ASSERT_NE(echo.address(), "") << echo.errors();
  running client(fairlead_command({"connect", echo.address()}));
  EXPECT_TRUE(client.write("hello\n"));
  // Datagrams come back before, for after the end of input they are awaited for a second only.
  if (!datagrams()) client.close_input();
  EXPECT_TRUE(client.says("hello\n"));
  client.close_input();
  EXPECT_EQ(client.status(), 0);
  EXPECT_EQ(client.output(), "hello\n");
  EXPECT_EQ(client.errors(), "");
  echo.signal(SIGTERM);
  EXPECT_EQ(echo.status(), 128 + SIGTERM);
  EXPECT_EQ(echo.errors(), "listening " + echo.address() + "\n");
}

TEST_P(EveryScheme, StandardStreamsAreJoinedBothWays) {
  listener here(place());
  ASSERT_NE(here.address(), "") << here.errors();
  running there(fairlead_command({"connect", here.address()}));
  EXPECT_TRUE(there.write("from there"));
  EXPECT_TRUE(here.says("from there"));
  EXPECT_TRUE(here.write("from here"));
  EXPECT_TRUE(there.says("from here"));
  // Where there are ends, both end; datagrams have none, and the listener is told.
  there.close_input();
  here.close_input();
  EXPECT_EQ(there.status(), 0) << there.errors();
  if (datagrams()) here.signal(SIGINT);
  EXPECT_EQ(here.status(), datagrams() ? 128 + SIGINT : 0) << here.errors();
  EXPECT_EQ(here.output(), "from there");
  EXPECT_EQ(there.output(), "from here");
}

TEST_P(EveryScheme, ACommandAnswersTheClient) {
  // The command answers at its end of input: the client's, or a silence where there is no end.
  listener upper(place(), {"--exec", "tr a-z A-Z", "--idle", "1s"});
  ASSERT_NE(upper.address(), "") << upper.errors();
  running client(fairlead_command({"connect", upper.address()}));
  EXPECT_TRUE(client.write("hello\n"));
  if (!datagrams()) client.close_input();
  EXPECT_TRUE(client.says("HELLO\n"));
  client.close_input();
  EXPECT_EQ(client.status(), 0) << client.errors();
}

TEST_P(EveryScheme, SeveralClientsAreServedAtOnce) {
  listener echo(place(), {"--echo"});
  ASSERT_NE(echo.address(), "") << echo.errors();
  std::vector<std::unique_ptr<running>> clients;
  for (int i = 0; i < 5; ++i)
    clients.push_back(std::make_unique<running>(fairlead_command({"connect", echo.address()})));
  // In turn and in both orders, so that none can be served only after another has gone.
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < clients.size(); ++i) {
      running& c = *clients[round == 0 ? i : clients.size() - 1 - i];
      const std::string said = "client " + std::to_string(i) + " round " + std::to_string(round) + "\n";
      EXPECT_TRUE(c.write(said));
      EXPECT_TRUE(c.says(said));
    }
  }
  if (datagrams()) return;  // their end would take a second of silence each
  for (const auto& c : clients) c->close_input();
  for (const auto& c : clients) EXPECT_EQ(c->status(), 0) << c->errors();
}

// What leaves a file behind.
class EverySocketFile : public EveryScheme {};
INSTANTIATE_TEST_SUITE_P(Of, EverySocketFile, ::testing::Values("unix", "unix-dgram", "unix-seqpacket"),
                         name_of_scheme);

TEST_P(EverySocketFile, IsGoneAfterwards) {
  listener echo(place(), {"--echo"});
  ASSERT_NE(echo.address(), "") << echo.errors();
  const std::string path = echo.address().substr(echo.address().find(':') + 1);
  EXPECT_TRUE(std::filesystem::exists(path));
  echo.signal(SIGINT);
  EXPECT_EQ(echo.status(), 128 + SIGINT);
  EXPECT_FALSE(std::filesystem::exists(path));
}

// Streams and records: what has ends.
class EveryStream : public EveryScheme {};
INSTANTIATE_TEST_SUITE_P(Of, EveryStream, ::testing::Values("tcp", "tcp6", "unix", "unix-seqpacket"),
                         name_of_scheme);

TEST_P(EveryStream, MegabytesArriveUnchangedBothWays) {
  listener echo(place(), {"--echo", "--once"});
  ASSERT_NE(echo.address(), "") << echo.errors();
  const std::string content = random_bytes(3'000'001, 1);
  const child_outcome o = fairlead_tool({"connect", echo.address()}, {.input = content, .environment = {}});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_TRUE(o.output == content);
  EXPECT_EQ(echo.status(), 0) << echo.errors();
}

TEST_P(EveryStream, TheEndOfInputIsPassedOnAndWhatThePeerStillSaysIsRead) {
  listener here(place());
  ASSERT_NE(here.address(), "") << here.errors();
  running there(fairlead_command({"connect", here.address(), "--verbose"}));
  EXPECT_TRUE(there.write("the question"));
  there.close_input();
  EXPECT_TRUE(here.says("the question"));
  EXPECT_TRUE(there.complains("end of input after 12 bytes"));
  // Only now, after its end of input, does it get its answers, in pieces.
  for (const char* const answer : {"one answer", "another one"}) {
    EXPECT_TRUE(here.write(answer));
    EXPECT_TRUE(there.says(answer));
  }
  here.close_input();
  EXPECT_EQ(there.status(), 0) << there.errors();
  EXPECT_EQ(here.status(), 0) << here.errors();
  EXPECT_EQ(there.output(), "one answeranother one");
}

TEST_P(EveryStream, WeGoOnSendingWhenThePeerHasFinishedFirst) {
  listener here(place(), {"--verbose"});
  ASSERT_NE(here.address(), "") << here.errors();
  running there(fairlead_command({"connect", here.address(), "--verbose"}));
  here.close_input();
  EXPECT_TRUE(there.complains("the peer has finished after 0 bytes"));
  const std::string content = random_bytes(100'000, 2);
  EXPECT_TRUE(there.write(content));
  there.close_input();
  EXPECT_EQ(here.status(), 0) << here.errors();
  EXPECT_EQ(there.status(), 0) << there.errors();
  EXPECT_TRUE(here.output() == content);
}

TEST_P(EveryStream, WithoutShutdownThePeerSeesNoEnd) {
  listener here(place());
  ASSERT_NE(here.address(), "") << here.errors();
  running there(
      fairlead_command({"connect", here.address(), "--no-shutdown", "--verbose", "--idle", "500ms"}));
  EXPECT_TRUE(there.write("x"));
  there.close_input();
  EXPECT_TRUE(there.complains("end of input"));
  // It is the silence that ends it, and a silence that was too long is status 3.
  EXPECT_EQ(there.status(), 3);
  EXPECT_TRUE(there.complains("fairlead: " + here.address() + ": silent for 0.5 s\n") ||
              there.errors().find(": silent for 0.5 s\n") != std::string::npos)
      << there.errors();
  here.close_input();
  EXPECT_EQ(here.status(), 0) << here.errors();
}

TEST_P(EveryStream, OnlyOneClientIsJoined) {
  listener here(place());
  ASSERT_NE(here.address(), "") << here.errors();
  running first(fairlead_command({"connect", here.address()}));
  EXPECT_TRUE(first.write("first"));
  EXPECT_TRUE(here.says("first"));
  const child_outcome second = fairlead_tool({"connect", here.address()});
  EXPECT_EQ(second.status, 1);
  EXPECT_EQ(second.errors.substr(0, 18), "fairlead: connect ");
}

TEST_P(EveryStream, AtMostSoManyClientsAreServedAtATime) {
  listener echo(place(), {"--echo", "--max-clients", "2"});
  ASSERT_NE(echo.address(), "") << echo.errors();
  running first(fairlead_command({"connect", echo.address()}));
  running second(fairlead_command({"connect", echo.address()}));
  EXPECT_TRUE(first.write("one") && first.says("one"));
  EXPECT_TRUE(second.write("two") && second.says("two"));
  running third(fairlead_command({"connect", echo.address(), "--idle", "300ms"}));
  EXPECT_TRUE(third.write("three"));
  EXPECT_EQ(third.status(), 3);  // it waits in the backlog, and nobody answers
  EXPECT_EQ(third.output(), "");
  running fourth(fairlead_command({"connect", echo.address()}));
  EXPECT_TRUE(fourth.write("four"));
  first.close_input();
  EXPECT_EQ(first.status(), 0);
  EXPECT_TRUE(fourth.says("four"));  // there is a place again
}

// Datagrams: boundaries, peers, and silence instead of ends.
class EveryDatagram : public EveryScheme {};
INSTANTIATE_TEST_SUITE_P(Of, EveryDatagram, ::testing::Values("udp", "udp6", "unix-dgram"), name_of_scheme);

TEST_P(EveryDatagram, OneReadIsOneDatagramWithItsBoundaries) {
  // Each datagram makes one read of the command, and each of its writes one datagram.
  listener counter(place(), {"--exec", "while IFS= read -r line; do echo \"[$line]\"; done"});
  ASSERT_NE(counter.address(), "") << counter.errors();
  running client(fairlead_command({"connect", counter.address()}));
  for (const char* const word : {"a", "bb", "ccc"}) {
    EXPECT_TRUE(client.write(word + std::string("\n")));
    EXPECT_TRUE(client.says("[" + std::string(word) + "]\n"));
  }
}

TEST_P(EveryDatagram, RepliesAreAwaitedUntilTheyFallSilent) {
  listener slow(place(), {"--exec", "read line; echo one; sleep 0.3; echo two; sleep 0.3; echo three"});
  ASSERT_NE(slow.address(), "") << slow.errors();
  running client(fairlead_command({"connect", slow.address()}));
  EXPECT_TRUE(client.write("go\n") && client.says("one\n"));
  client.close_input();
  EXPECT_EQ(client.status(), 0);
  EXPECT_EQ(client.output(), "one\ntwo\nthree\n");
}

TEST_P(EveryDatagram, EveryPeerIsHeardAndTheLastOneIsAnswered) {
  listener here(place());
  ASSERT_NE(here.address(), "") << here.errors();
  running first(fairlead_command({"connect", here.address()}));
  running second(fairlead_command({"connect", here.address()}));
  EXPECT_TRUE(first.write("from first"));
  EXPECT_TRUE(here.says("from first"));
  EXPECT_TRUE(here.write("to first"));
  EXPECT_TRUE(first.says("to first"));
  EXPECT_TRUE(second.write("from second"));
  EXPECT_TRUE(here.says("from second"));
  EXPECT_TRUE(here.write("to second"));
  EXPECT_TRUE(second.says("to second"));
  EXPECT_EQ(first.output(), "to first");
}

TEST_P(EveryDatagram, LargeOnesArriveWhole) {
  listener echo(place(), {"--echo"});
  ASSERT_NE(echo.address(), "") << echo.errors();
  running client(fairlead_command({"connect", echo.address()}));
  const std::string content = random_bytes(60'000, 3);
  EXPECT_TRUE(client.write(content));
  EXPECT_TRUE(client.gives(content.size()));
  EXPECT_TRUE(client.output() == content);
}

}  // namespace
