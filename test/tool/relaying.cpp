// SPDX-License-Identifier: MIT
// fairlead relay: the real binary between two others.
#include <signal.h>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/black_hole.hpp"
#include "support/bytes.hpp"
#include "support/temp_dir.hpp"
#include "tool/running.hpp"
#include "tool/tool.hpp"
#include "tool/transferring.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;

class Relay : public guarded<> {
 protected:
  temp_dir files_;
  std::string socket(const std::string& name) { return (files_ / name).string(); }
};

// From each kind of socket to each other one.
class RelayBetween : public Relay, public ::testing::WithParamInterface<std::pair<const char*, const char*>> {
 protected:
  std::string place(const std::string& scheme, const std::string& name) {
    return scheme.starts_with("unix") ? scheme + ":" + socket(name) : scheme + "://127.0.0.1:0";
  }
  std::string from() { return place(GetParam().first, "from"); }
  std::string to() { return place(GetParam().second, "to"); }
};

std::string two_schemes(const ::testing::TestParamInfo<std::pair<const char*, const char*>>& info) {
  std::string name = std::string(info.param.first) + "To" + info.param.second;
  std::erase(name, '-');
  return name;
}

class RelayBetweenStreams : public RelayBetween {};
INSTANTIATE_TEST_SUITE_P(Of, RelayBetweenStreams,
                         ::testing::Values(std::pair("tcp", "tcp"), std::pair("tcp", "unix"),
                                           std::pair("unix", "tcp"), std::pair("unix", "unix"),
                                           std::pair("tcp", "unix-seqpacket"),
                                           std::pair("unix-seqpacket", "tcp")),
                         two_schemes);

TEST_P(RelayBetweenStreams, MegabytesComeBackUnchanged) {
  listener echo(to(), {"--echo"});
  relaying r(from(), echo.address());
  ASSERT_NE(r.address(), "") << r.errors();
  program_options with;
  with.input = random_bytes(3'000'000, 7);
  const child_outcome o = fairlead_tool({"connect", r.address()}, with);
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_TRUE(o.output == with.input);
}

TEST_P(RelayBetweenStreams, EachEndIsPassedOnByItself) {
  running server(fairlead_command({"listen", to()}));
  ASSERT_TRUE(server.complains_lines(1));
  const std::string address = server.errors().substr(10, server.errors().find('\n') - 10);
  relaying r(from(), address);
  ASSERT_NE(r.address(), "") << r.errors();
  running client(fairlead_command({"connect", r.address(), "--verbose"}));
  EXPECT_TRUE(client.write("question"));
  client.close_input();
  EXPECT_TRUE(server.says("question"));
  // The server has seen the client's end, and goes on.
  EXPECT_TRUE(server.write("first answer"));
  EXPECT_TRUE(client.says("first answer"));
  EXPECT_TRUE(server.write(", second answer"));
  server.close_input();
  EXPECT_EQ(client.status(), 0) << client.errors();
  EXPECT_EQ(client.output(), "first answer, second answer");
  EXPECT_EQ(server.status(), 0) << server.errors();
}

TEST_F(Relay, PollsWhereItIsToldTo) {
  for (const char* const how : {"off", "adaptive", "always"}) {
    listener echo("tcp://127.0.0.1:0", {"--echo"});
    relaying r("tcp://127.0.0.1:0", echo.address(), {"--polling", how});
    ASSERT_NE(r.address(), "") << r.errors();
    running client(fairlead_command({"connect", r.address()}));
    for (const char* const said : {"one", " two", " three"}) {
      EXPECT_TRUE(client.write(said));
      EXPECT_TRUE(client.says(said)) << how;
    }
    client.close_input();
    EXPECT_EQ(client.status(), 0) << client.errors();
  }
}

class RelayBetweenDatagrams : public RelayBetween {};
INSTANTIATE_TEST_SUITE_P(Of, RelayBetweenDatagrams,
                         ::testing::Values(std::pair("udp", "udp"), std::pair("udp", "unix-dgram"),
                                           std::pair("unix-dgram", "udp"),
                                           std::pair("unix-dgram", "unix-dgram")),
                         two_schemes);

TEST_P(RelayBetweenDatagrams, EachPeerIsAConversationOfItsOwn) {
  listener echo(to(), {"--echo"});
  relaying r(from(), echo.address());
  ASSERT_NE(r.address(), "") << r.errors();
  std::vector<std::unique_ptr<running>> clients;
  for (int i = 0; i < 3; ++i)
    clients.push_back(std::make_unique<running>(fairlead_command({"connect", r.address()})));
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < clients.size(); ++i) {
      const std::string said = "client " + std::to_string(i) + " round " + std::to_string(round);
      EXPECT_TRUE(clients[i]->write(said));
      EXPECT_TRUE(clients[i]->says(said));
    }
  }
}

TEST_P(RelayBetweenDatagrams, AConversationEndsWithASilence) {
  listener echo(to(), {"--echo"});
  relaying r(from(), echo.address(), {"--idle", "1s", "--verbose"});
  ASSERT_NE(r.address(), "") << r.errors();
  running client(fairlead_command({"connect", r.address()}));
  EXPECT_TRUE(client.write("one"));
  EXPECT_TRUE(client.says("one"));
  EXPECT_TRUE(r.complains(": done"));
  EXPECT_FALSE(r.errors().contains("fairlead:")) << "it is no failure: " << r.errors();
  // The same peer may begin another one.
  EXPECT_TRUE(client.write("two"));
  EXPECT_TRUE(client.says("two"));
}

TEST_F(Relay, DatagramsAndStreamsCanBeJoined) {
  listener echo("tcp://127.0.0.1:0", {"--echo"});
  relaying r("udp://127.0.0.1:0", echo.address(), {"--idle", "1s"});
  running client(fairlead_command({"connect", r.address()}));
  EXPECT_TRUE(client.write("hello"));
  EXPECT_TRUE(client.says("hello"));
  listener other("udp://127.0.0.1:0", {"--echo"});
  relaying back("tcp://127.0.0.1:0", other.address(), {"--idle", "1s"});
  program_options with;
  with.input = "hello";
  const child_outcome o = fairlead_tool({"connect", back.address()}, with);
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_EQ(o.output, "hello");
}

TEST_F(Relay, SeveralPairsRunAtOnce) {
  listener one("tcp://127.0.0.1:0", {"--exec", "echo one"});
  listener two("tcp://127.0.0.1:0", {"--exec", "echo two"});
  const std::string first = "unix:" + socket("a");
  const std::string second = "unix:" + socket("b");
  running r(fairlead_command({"relay", first, one.address(), second, two.address()}));
  ASSERT_TRUE(r.complains("listening " + first + "\nlistening " + second + "\n"));
  EXPECT_EQ(fairlead_tool({"connect", first}).output, "one\n");
  EXPECT_EQ(fairlead_tool({"connect", second}).output, "two\n");
}

TEST_F(Relay, TwoListenersMeet) {
  const std::string left = "unix:" + socket("left");
  const std::string right = "unix:" + socket("right");
  running r(fairlead_command({"relay", left, "listen:" + right}));
  ASSERT_TRUE(r.complains("listening " + left + "\nlistening " + right + "\n"));
  for (int round = 0; round < 2; ++round) {
    running a(fairlead_command({"connect", left}));
    running b(fairlead_command({"connect", right}));
    EXPECT_TRUE(a.write("from left"));
    EXPECT_TRUE(b.says("from left"));
    EXPECT_TRUE(b.write("from right"));
    EXPECT_TRUE(a.says("from right"));
    a.close_input();
    b.close_input();
    EXPECT_EQ(a.status(), 0);
    EXPECT_EQ(b.status(), 0);
  }
}

TEST_F(Relay, TwoDialersMeet) {
  listener source("tcp://127.0.0.1:0", {"--exec", "echo from the source"});
  running sink(fairlead_command({"listen", "unix:" + socket("sink")}));
  ASSERT_TRUE(sink.complains("listening"));
  sink.close_input();
  const child_outcome o = fairlead_tool({"relay", "dial:" + source.address(), "unix:" + socket("sink")});
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_EQ(sink.status(), 0);
  EXPECT_EQ(sink.output(), "from the source\n");
}

TEST_F(Relay, WhoeverComesToTheSecondSideIsJoinedToTheFirst) {
  listener upper("tcp://127.0.0.1:0", {"--exec", "tr a-z A-Z"});
  relaying r("dial:" + upper.address(), "listen:tcp://127.0.0.1:0");
  program_options with;
  with.input = "hello";
  EXPECT_EQ(fairlead_tool({"connect", r.address()}, with).output, "HELLO");
}

TEST_F(Relay, StandardStreamsTakeTheFirstClient) {
  relaying r("tcp://127.0.0.1:0", "-");
  running client(fairlead_command({"connect", r.address()}));
  EXPECT_TRUE(client.write("there"));
  EXPECT_TRUE(r.says("there"));
  EXPECT_TRUE(r.write("back"));
  EXPECT_TRUE(client.says("back"));
  client.close_input();
  r.close_input();
  EXPECT_EQ(client.status(), 0);
  EXPECT_EQ(r.status(), 0) << r.errors();
}

TEST_F(Relay, TlsIsTerminatedAndOriginated) {
  listener echo("tcp://127.0.0.1:0", {"--echo"});
  relaying in("tls://127.0.0.1:0", echo.address());
  ASSERT_NE(in.pin(), "") << in.errors();
  relaying out("tcp://127.0.0.1:0", in.address(), {"--pin", in.pin()});
  program_options with;
  with.input = random_bytes(500'000, 11);
  const child_outcome o = fairlead_tool({"connect", out.address()}, with);
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_TRUE(o.output == with.input);
}

TEST_F(Relay, WithTlsOnBothSidesEachFlagFindsItsOwn) {
  listener echo("tls://127.0.0.1:0", {"--echo"});
  relaying r("tls://127.0.0.1:0", echo.address(), {"--pin", echo.pin()});
  ASSERT_NE(r.pin(), "") << r.errors();
  program_options with;
  with.input = "through two";
  EXPECT_EQ(fairlead_tool({"connect", r.address(), "--pin", r.pin()}, with).output, "through two");
}

TEST_F(Relay, AClientWhoseTargetRefusesSeesAFailureAndTheNextOneIsServed) {
  const std::string port = free_port();
  relaying r("tcp://127.0.0.1:0", "tcp://127.0.0.1:" + port);
  const child_outcome o = fairlead_tool({"connect", r.address()});
  EXPECT_EQ(o.status, 1);
  EXPECT_TRUE(o.errors.contains("connection reset")) << o.errors;
  EXPECT_TRUE(r.complains("connection refused"));
  listener echo("tcp://127.0.0.1:" + port, {"--echo"});
  program_options with;
  with.input = "now";
  EXPECT_EQ(fairlead_tool({"connect", r.address()}, with).output, "now");
}

// A server that dies in the midst must not look as if it had said all.
TEST_F(Relay, OfOneConversationFailsWithIt) {
  const refusing_port refusing(fairlead::ipv4_address::loopback());
  const std::string nobody = "tcp://" + refusing.where().to_string();
  const std::string report = socket("report.json");
  relaying r("tcp://127.0.0.1:0", nobody, {"--once", "--report", report});
  EXPECT_EQ(fairlead_tool({"connect", r.address()}).status, 1);
  EXPECT_EQ(r.status(), 1);
  const auto told = nlohmann::json::parse(content_of(report));
  EXPECT_EQ(told["status"], 1);
  const auto& dialled = told["dialled"]["listed"].at(0);
  EXPECT_EQ(dialled["to"], nobody);
  EXPECT_EQ(dialled["tried"].at(0)["outcome"], "refused");
  EXPECT_EQ("tcp://" + dialled["tried"].at(0)["address"].get<std::string>(), nobody);
}

TEST_F(Relay, ServesNobodyIfOneOfItsPairsCannotListen) {
  listener taken("tcp://127.0.0.1:0", {"--echo"});
  const child_outcome o =
      fairlead_tool({"relay", "tcp://127.0.0.1:0", taken.address(), taken.address(), taken.address()});
  EXPECT_EQ(o.status, 1);
  // Nobody was told to come.
  EXPECT_EQ(o.errors, "fairlead: bind " + taken.address() +
                          ": address already in use; give another port, or 0 for any that is free\n");
}

TEST_F(Relay, AResetIsPassedOnAsAReset) {
  running server({"python3", "-c",
                  "import socket, struct\n"
                  "s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True)\n"
                  "c, _ = s.accept(); c.recv(100)\n"
                  "c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); c.close()\n"});
  ASSERT_TRUE(server.says("\n"));
  const std::string port = server.output().substr(0, server.output().size() - 1);
  relaying r("tcp://127.0.0.1:0", "tcp://127.0.0.1:" + port);
  running client(fairlead_command({"connect", r.address()}));
  EXPECT_TRUE(client.write("hello"));
  EXPECT_EQ(client.status(), 1);
  EXPECT_TRUE(client.errors().contains("connection reset")) << client.errors();
}

// "Too large" is an answer: who sends on must not lose it.
TEST_F(Relay, AnAnswerIsHeardAlthoughTheRequestIsNot) {
  running server({"python3", "-c",
                  "import socket\n"
                  "s = socket.socket(socket.AF_UNIX); s.bind('" +
                      socket("s") +
                      "'); s.listen()\n"
                      "print('ready', flush=True)\n"
                      "c, _ = s.accept(); c.recv(100); c.shutdown(socket.SHUT_RD)\n"
                      "while c.recv(65536): pass\n"
                      "c.sendall(b'too large' * 100000); c.close()\n"});
  ASSERT_TRUE(server.says("ready"));
  relaying r("tcp://127.0.0.1:0", "unix:" + socket("s"));
  running client({"python3", "-c",
                  "import socket, threading\n"
                  "c = socket.create_connection(('127.0.0.1', " +
                      r.port() +
                      "))\n"
                      "def pour():\n"
                      "    try:\n"
                      "        while True: c.sendall(b'x' * 65536)\n"
                      "    except OSError: pass\n"
                      "t = threading.Thread(target=pour, daemon=True); t.start()\n"
                      "n = 0\n"
                      "while d := c.recv(1000): n += len(d)\n"
                      "print('heard', n, flush=True)\n"});
  EXPECT_TRUE(client.says("heard 900000\n")) << client.output() << client.errors();
}

TEST_F(Relay, DatagramsOfASecondListenerAllArrive) {
  const std::string left = "unix:" + socket("left");
  const std::string right = "unix-dgram:" + socket("right");
  running r(fairlead_command({"relay", left, "listen:" + right}));
  ASSERT_TRUE(r.complains("listening " + left + "\nlistening " + right + "\n"));
  running a(fairlead_command({"connect", left}));
  running b(fairlead_command({"connect", right}));
  for (const std::string said : {"one", "two", "three"}) {
    EXPECT_TRUE(b.write(said));
    EXPECT_TRUE(a.says(said));
  }
}

TEST_F(Relay, WhoDoesNotComeInAtTheSecondListenerIsNobodysPartner) {
  const std::string left = "unix:" + socket("left");
  running r(fairlead_command({"relay", left, "listen:tls://127.0.0.1:0"}));
  ASSERT_TRUE(r.complains("listening tls://"));
  const std::size_t at = r.errors().find("listening tls://") + 10;
  ASSERT_TRUE(r.complains_lines(3));
  const std::string right = r.errors().substr(at, r.errors().find('\n', at) - at);
  const std::size_t pin_at = r.errors().find("sha256:");
  const std::string pin = r.errors().substr(pin_at, r.errors().find('\n', pin_at) - pin_at);
  running a(fairlead_command({"connect", left}));
  program_options junk;
  junk.input = "this is no handshake\n";
  (void)fairlead_tool({"connect", right.substr(6)}, junk);
  EXPECT_TRUE(r.complains("fairlead: "));
  running b(fairlead_command({"connect", right, "--pin", pin}));
  EXPECT_TRUE(b.write("the partner"));
  EXPECT_TRUE(a.says("the partner"));
}

TEST_F(Relay, OfTwoListenersEndsWhenTheTimeIsOverAlthoughSomebodyWaits) {
  const std::string left = "unix:" + socket("left");
  running r(fairlead_command({"relay", left, "listen:unix:" + socket("right"), "--for", "300ms"}));
  ASSERT_TRUE(r.complains("listening " + left));
  running a(fairlead_command({"connect", left}));
  EXPECT_EQ(r.status(), 0) << r.errors();
}

TEST_F(Relay, ASlowReaderHoldsItsSenderBackAndMemoryStaysWhereItIs) {
  running server({"python3", "-c",
                  "import socket, sys\n"
                  "s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True)\n"
                  "c, _ = s.accept(); sys.stdin.read(1); n = 0\n"
                  "while d := c.recv(1 << 20): n += len(d)\n"
                  "print('got', n, flush=True)\n"});
  ASSERT_TRUE(server.says("\n"));
  const std::string port = server.output().substr(0, server.output().size() - 1);
  relaying r("tcp://127.0.0.1:0", "tcp://127.0.0.1:" + port);
  const auto resident = [&] {
    std::istringstream all(content_of("/proc/" + std::to_string(r.id()) + "/statm"));
    std::size_t pages = 0;
    all >> pages >> pages;
    return pages * 4096;
  };
  running client(
      {"python3", "-c",
       "import socket, select, sys\n"
       "c = socket.create_connection(('127.0.0.1', " +
           r.port() +
           ")); c.setblocking(False)\n"
           "left = 256 << 20; piece = b'x' * (1 << 20)\n"
           "stuck = False\n"
           "while left:\n"
           "    _, w, _ = select.select([], [c], [], None if stuck else 1)\n"
           "    if not w: stuck = True; print('stuck', flush=True); continue\n"
           "    left -= c.send(piece[:left])\n"
           "c.setblocking(True); c.shutdown(socket.SHUT_WR); print('sent', c.recv(1), flush=True)\n"});
  ASSERT_TRUE(client.says("stuck")) << "the sender is not held back";
  EXPECT_LT(resident(), 64U << 20U);
  EXPECT_TRUE(server.write("x"));
  EXPECT_TRUE(server.says("got " + std::to_string(256U << 20U)));
  EXPECT_EQ(server.status(), 0);
  EXPECT_EQ(client.status(), 0);
  EXPECT_LT(resident(), 64U << 20U);
}

TEST_F(Relay, OneInterruptLetsTheConversationsFinish) {
  listener echo("tcp://127.0.0.1:0", {"--echo"});
  relaying r("tcp://127.0.0.1:0", echo.address());
  running client(fairlead_command({"connect", r.address()}));
  EXPECT_TRUE(client.write("one"));
  EXPECT_TRUE(client.says("one"));
  r.signal(SIGINT);
  EXPECT_TRUE(client.write("two"));
  EXPECT_TRUE(client.says("onetwo"));
  client.close_input();
  EXPECT_EQ(client.status(), 0);
  EXPECT_EQ(r.status(), 128 + SIGINT);
}

TEST_P(RelayBetweenDatagrams, OneInterruptEndsThemWithoutASilence) {
  listener echo(to(), {"--echo"});
  relaying r(from(), echo.address(), {"--idle", "10m"});
  ASSERT_NE(r.address(), "") << r.errors();
  running client(fairlead_command({"connect", r.address()}));
  EXPECT_TRUE(client.write("one"));
  EXPECT_TRUE(client.says("one"));
  r.signal(SIGINT);
  EXPECT_EQ(r.status(), 128 + SIGINT) << r.errors();
}

TEST_F(Relay, WhatADatagramPeerHadSentBeforeTheInterruptIsSentOn) {
  FAIRLEAD_NEEDS("python3");
  listener server("udp://127.0.0.1:0", {"--echo", "--verbose"});
  // A hundred bytes pass at once, the others one after the other, each for itself.
  relaying r("udp://127.0.0.1:0", server.address(), {"--rate", "500", "--idle", "10m", "--verbose"});
  running clients({"python3", "-c", R"(
import socket, sys
slow, quick = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for i in range(2)]
for s in (slow, quick): s.settimeout(20); s.connect(('127.0.0.1', int(sys.argv[1])))
for i in range(5): slow.send(b'%d' % i * 100)
quick.send(b'?')
quick.recv(10)
print('all are there', flush=True)
print(''.join(slow.recv(200).decode()[:1] for i in range(5)), flush=True)
)",
                   r.port()});
  EXPECT_TRUE(clients.says("all are there\n")) << clients.errors();
  r.signal(SIGINT);
  EXPECT_TRUE(clients.says("01234\n")) << clients.output() << clients.errors();
  EXPECT_EQ(r.status(), 128 + SIGINT) << r.errors();
}

TEST_F(Relay, OneInterruptIsTheEndOfADatagramPeerForAStream) {
  running server(fairlead_command({"listen", "unix:" + socket("to")}));
  ASSERT_TRUE(server.complains_lines(1));
  relaying r("udp://127.0.0.1:0", "unix:" + socket("to"), {"--idle", "10m"});
  running client(fairlead_command({"connect", r.address()}));
  EXPECT_TRUE(client.write("one"));
  EXPECT_TRUE(server.says("one"));
  r.signal(SIGINT);
  server.close_input();
  EXPECT_EQ(server.status(), 0) << "it has seen an end: " << server.errors();
  EXPECT_EQ(r.status(), 128 + SIGINT) << r.errors();
}

TEST_F(Relay, WhatMakesNoSenseIsRefused) {
  const auto refused = [](std::vector<std::string> words, const std::string& sentence) {
    words.insert(words.begin(), "relay");
    const child_outcome o = fairlead_tool(words);
    EXPECT_EQ(o.status, 2);
    EXPECT_EQ(o.errors, "fairlead: " + sentence + "\n");
  };
  refused({}, "relay: FROM is missing (--help says more)");
  refused({"tcp://:0"}, "relay: TO is missing (--help says more)");
  refused({"tcp://:0", "tcp://:1", "tcp://:2"},
          "tcp://:2: its TO is missing; addresses come in pairs of FROM and TO");
  refused({"-", "-"}, "- -: standard input and output cannot be both sides; give the other one an address");
  refused({"-", "tcp://a:1", "tcp://:0", "-"}, "-: standard input and output can be in one pair only");
  refused({"listen:exec:date", "-"}, "listen:exec:date: only sockets can listen");
  refused({"tcp://:0", "tcp://a:1", "--ca", "x"}, "tcp://a:1: --ca is for tls:// addresses");
  refused({"tcp://:0", "listen:tcp://:0", "--via", "socks5://a:1"},
          "tcp://:0: --via: neither side is connected to");
  refused({"tcp://:0", "listen:tcp://:0", "--proxy-to", "v2"},
          "tcp://:0: --proxy-to: neither side is connected to");
  refused({"tcp://:0", "udp://a:1", "--proxy-to", "v2"},
          "udp://a:1: --proxy-to is for tcp://, tls:// and unix: addresses");
  refused(
      {"-", "tcp://a:1", "--proxy-to", "v2", "--proxy-protocol"},
      "tcp://a:1: --proxy-protocol and --proxy-to: choose one of them; nobody comes whose header there could "
      "be");
  refused({"tcp://:0", "tcp://a:1", "--proxy-to", "v3"}, "--proxy-to v3: must be v1 or v2");
}

}  // namespace
