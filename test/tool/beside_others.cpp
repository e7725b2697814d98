// SPDX-License-Identifier: MIT
// The same exchange through nc, ncat, socat and fairlead gives the same bytes, whoever is at which end. Where
// they disagree with each other, the test says which behaviour is ours, and why.
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "tool/running.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;
using namespace std::chrono_literals;

using words = std::vector<std::string>;

struct tool {
  const char* name;
  std::function<words(const std::string& port)> connects;
  std::function<words(const std::string& port)> listens;
  std::function<words(const std::string& port, const std::string& command)> serves;  // null: it cannot
};

const std::vector<tool>& tools() {
  static const std::vector<tool> all = {
      {"fairlead", [](const std::string& p) { return fairlead_command({"connect", "127.0.0.1:" + p}); },
       [](const std::string& p) { return fairlead_command({"listen", "127.0.0.1:" + p}); },
       [](const std::string& p, const std::string& c) {
         return fairlead_command({"listen", "--once", "--exec", c, "127.0.0.1:" + p});
       }},
      // Without -N nc never tells its peer that its input has ended.
      {"nc", [](const std::string& p) { return words{"nc", "-N", "127.0.0.1", p}; },
       [](const std::string& p) { return words{"nc", "-N", "-l", "127.0.0.1", p}; }, nullptr},
      // ncat runs commands, but leaves with the end of its client's input, and what they say then is lost.
      {"ncat", [](const std::string& p) { return words{"ncat", "127.0.0.1", p}; },
       [](const std::string& p) { return words{"ncat", "-l", "127.0.0.1", p}; }, nullptr},
      // Without -t socat waits half a second for an answer, and no longer.
      {"socat", [](const std::string& p) { return words{"socat", "-t", "10", "-", "TCP:127.0.0.1:" + p}; },
       [](const std::string& p) {
         return words{"socat", "-t", "10", "TCP-LISTEN:" + p + ",bind=127.0.0.1", "-"};
       },
       [](const std::string& p, const std::string& c) {
         return words{"socat", "-t", "10", "TCP-LISTEN:" + p + ",bind=127.0.0.1", "SYSTEM:" + c};
       }},
  };
  return all;
}

// Whether somebody listens at a port of IPv4, without taking his only client's place.
bool is_listening(const std::string& port) {
  char wanted[8];
  std::snprintf(wanted, sizeof wanted, ":%04X", std::atoi(port.c_str()));
  std::ifstream table("/proc/net/tcp");
  for (std::string line; std::getline(table, line);) {
    const std::size_t local = line.find(": ");
    if (local == std::string::npos) continue;
    if (line.compare(local + 10, 5, wanted) == 0 && line.compare(local + 29, 4, " 0A ") == 0) return true;
  }
  return false;
}

bool gets_ready(const std::string& port) {
  for (int i = 0; i < 5000 && !is_listening(port); ++i) std::this_thread::sleep_for(1ms);
  return is_listening(port);
}

class BesideOthers : public guarded<::testing::TestWithParam<std::pair<int, int>>> {
 protected:
  void SetUp() override {
    for (const tool* t : {&client(), &server()}) {
      if (std::string(t->name) != "fairlead") FAIRLEAD_NEEDS(t->name);
    }
  }
  static const tool& client() { return tools()[static_cast<std::size_t>(GetParam().first)]; }
  static const tool& server() { return tools()[static_cast<std::size_t>(GetParam().second)]; }
};

std::vector<std::pair<int, int>> pairs() {
  std::vector<std::pair<int, int>> all;
  for (int a = 0; a < 4; ++a)
    for (int b = 0; b < 4; ++b) all.emplace_back(a, b);
  return all;
}
INSTANTIATE_TEST_SUITE_P(Pairs, BesideOthers, ::testing::ValuesIn(pairs()), [](const auto& param_info) {
  return std::string(tools()[static_cast<std::size_t>(param_info.param.first)].name) + "With" +
         tools()[static_cast<std::size_t>(param_info.param.second)].name;
});

TEST_P(BesideOthers, WhatOneSendsTheOtherPrints) {
  const std::string port = free_port();
  running listens(server().listens(port));
  ASSERT_TRUE(gets_ready(port));
  running connects(client().connects(port));
  const std::string there = random_bytes(200'000, 21);
  EXPECT_TRUE(connects.write(there));
  EXPECT_TRUE(listens.gives(there.size()));
  const std::string back = random_bytes(100'000, 22);
  EXPECT_TRUE(listens.write(back));
  EXPECT_TRUE(connects.gives(back.size()));
  connects.close_input();
  listens.close_input();
  EXPECT_EQ(connects.status(), 0) << connects.errors();
  EXPECT_EQ(listens.status(), 0) << listens.errors();
  EXPECT_TRUE(listens.output() == there);
  EXPECT_TRUE(connects.output() == back);
}

// The end of input reaches the command, and what it says then reaches the client.
TEST_P(BesideOthers, ACommandAnswersWhenTheInputHasEnded) {
  if (!server().serves) GTEST_SKIP() << server().name << " runs none that could answer then";
  const std::string port = free_port();
  running serves(server().serves(port, "sha256sum; seq 1 2000"));
  ASSERT_TRUE(gets_ready(port));
  running connects(client().connects(port));
  EXPECT_TRUE(connects.write(random_bytes(200'000, 23)));
  connects.close_input();
  EXPECT_EQ(connects.status(), 0) << connects.errors();
  program_options with;
  with.input = random_bytes(200'000, 23);
  const child_outcome expected = run_program({"/bin/sh", "-c", "sha256sum; seq 1 2000"}, with);
  EXPECT_TRUE(connects.output() == expected.output) << connects.output().substr(0, 100);
  EXPECT_EQ(serves.status(), 0) << serves.errors();
}

class Disagreement : public guarded<> {
 protected:
  // Answers a second after it has seen the client's end.
  running late_{{"python3", "-c",
                 "import socket, sys, time\n"
                 "s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True)\n"
                 "c, _ = s.accept()\n"
                 "while c.recv(1000): pass\n"
                 "time.sleep(1); c.sendall(b'late')\n"}};
  std::string port() {
    EXPECT_TRUE(late_.says("\n"));
    return late_.output().substr(0, late_.output().find('\n'));
  }
};

// nc -N and ncat wait for the answer, socat leaves after half a second. We wait: the peer says by its end
// when it has said all, and whoever wants to wait no longer says so with --idle.
TEST_F(Disagreement, AnAnswerThatTakesItsTimeIsAwaited) {
  program_options with;
  with.input = "question";
  const child_outcome o = fairlead_tool({"connect", "127.0.0.1:" + port()}, with);
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_EQ(o.output, "late");
}
TEST_F(Disagreement, SocatDoesNotWaitForIt) {
  FAIRLEAD_NEEDS("socat");
  running socat({"socat", "-", "TCP:127.0.0.1:" + port()});
  EXPECT_TRUE(socat.write("question"));
  socat.close_input();
  EXPECT_EQ(socat.status(), 0);
  EXPECT_EQ(socat.output(), "");
}
// nc without -N keeps its sending side open, so a peer that waits for the end waits for ever. We pass the end
// on: most peers that read to the end need it; for those that take it amiss there is --no-shutdown.
TEST_F(Disagreement, NcDoesNotTellThatItsInputHasEndedUnlessAsked) {
  FAIRLEAD_NEEDS("nc");
  running nc({"nc", "-w", "1", "127.0.0.1", port()});
  EXPECT_TRUE(nc.write("question"));
  nc.close_input();
  (void)nc.status();
  EXPECT_EQ(nc.output(), "");
}

// A listener that has served its client: nc, ncat and socat leave, and so do we. Whoever serves more says
// what they get: --echo, --exec, or relay.
TEST_F(Disagreement, AListenerLeavesWithItsOnlyClient) {
  listener l("tcp://127.0.0.1:0");
  l.close_input();
  program_options with;
  with.input = "hello";
  EXPECT_EQ(fairlead_tool({"connect", l.address()}, with).status, 0);
  EXPECT_EQ(l.status(), 0);
  EXPECT_EQ(l.output(), "hello");
}

// A server that ends while our input is still open: nc and socat leave at once, and what is typed afterwards
// is lost to nobody's surprise but the user's. We say so and stay, since the other direction is open: a peer
// may finish first and read on. When it has gone altogether, the next thing that is sent tells us.
TEST_F(Disagreement, AnEndOfThePeerDoesNotEndOurSide) {
  listener l("tcp://127.0.0.1:0");
  running client(fairlead_command({"connect", l.address()}));
  l.close_input();
  EXPECT_TRUE(client.write("first"));
  EXPECT_TRUE(l.says("first"));
  EXPECT_TRUE(client.write(", and then"));
  EXPECT_TRUE(l.says("first, and then"));
  client.close_input();
  EXPECT_EQ(client.status(), 0);
}

}  // namespace
