// SPDX-License-Identifier: MIT
// The same exchange through nc, ncat, socat and fairlead gives the same bytes, whoever is at which end. Where
// they disagree with each other, the test says which behaviour is ours, and why.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "support/bytes.hpp"
#include "support/temp_dir.hpp"
#include "tool/running.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;
using namespace std::chrono_literals;

using words = std::vector<std::string>;

// Where they meet.
enum class kind { tcp, local, udp };
struct place {
  kind of;
  std::string port;
  std::string path;  // of a Unix stream socket
  [[nodiscard]] std::string ours() const {
    return of == kind::local ? "unix:" + path : (of == kind::udp ? "udp://127.0.0.1:" : "127.0.0.1:") + port;
  }
  // Of socat, without the options after a comma.
  [[nodiscard]] std::string to_socat() const {
    return of == kind::local ? "UNIX:" + path
                             : (of == kind::udp ? "UDP:127.0.0.1:" : "TCP:127.0.0.1:") + port;
  }
  [[nodiscard]] std::string at_socat() const {
    if (of == kind::local) return "UNIX-LISTEN:" + path;
    return (of == kind::udp ? "UDP-LISTEN:" : "TCP-LISTEN:") + port + ",bind=127.0.0.1";
  }
  // nc and ncat say it in the same way.
  [[nodiscard]] words for_nc(words beginning) const {
    if (of == kind::local) {
      beginning.insert(beginning.end(), {"-U", path});
    } else {
      if (of == kind::udp) beginning.emplace_back("-u");
      beginning.insert(beginning.end(), {"127.0.0.1", port});
    }
    return beginning;
  }
};

struct tool {
  const char* name;
  std::function<words(const place&)> connects;
  std::function<words(const place&)> listens;
  std::function<words(const place&, const std::string& command)> serves;  // null: it cannot
};

const std::vector<tool>& tools() {
  static const std::vector<tool> all = {
      {"fairlead", [](const place& p) { return fairlead_command({"connect", p.ours()}); },
       [](const place& p) { return fairlead_command({"listen", p.ours()}); },
       [](const place& p, const std::string& c) {
         return fairlead_command({"listen", "--once", "--exec", c, p.ours()});
       }},
      // Without -N nc never tells its peer that its input has ended.
      {"nc", [](const place& p) { return p.for_nc({"nc", "-N"}); },
       [](const place& p) { return p.for_nc({"nc", "-N", "-l"}); }, nullptr},
      {"ncat", [](const place& p) { return p.for_nc({"ncat"}); },
       [](const place& p) { return p.for_nc({"ncat", "-l"}); },
       [](const place& p, const std::string& c) { return p.for_nc({"ncat", "-l", "--sh-exec", c}); }},
      // Without -t socat waits half a second for an answer, and no longer.
      {"socat", [](const place& p) { return words{"socat", "-t", "10", "-", p.to_socat()}; },
       [](const place& p) { return words{"socat", "-t", "10", p.at_socat(), "-"}; },
       [](const place& p, const std::string& c) {
         return words{"socat", "-t", "10", p.at_socat(), "SYSTEM:" + c};
       }},
  };
  return all;
}

// Whether a line of a table of the kernel's has all of these: whoever listens is there, and nobody has to
// connect and so take his only client's place to know.
bool is_listed(const std::string& table, const std::vector<std::string>& parts) {
  std::ifstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    if (std::ranges::all_of(parts, [&](const std::string& part) { return line.contains(part); })) return true;
  }
  return false;
}

// proc_net_tcp of the kernel's documentation: the address in memory order, and 0A where somebody listens. Of
// /proc/net/unix the flags say that (__SO_ACCEPTCON).
bool is_there(const place& p) {
  if (p.of == kind::local) return is_listed("/proc/net/unix", {" 00010000 ", ' ' + p.path});
  char local[32];
  std::snprintf(local, sizeof local, " 0100007F:%04X ", std::atoi(p.port.c_str()));
  if (p.of == kind::udp) return is_listed("/proc/net/udp", {local});
  return is_listed("/proc/net/tcp", {local + std::string("00000000:0000 0A ")});
}

bool gets_ready(const place& p) {
  for (int i = 0; i < 10'000 && !is_there(p); ++i) std::this_thread::sleep_for(1ms);
  return is_there(p);
}

const tool& tool_of(int number) { return tools()[static_cast<std::size_t>(number)]; }

class BesideOthers : public guarded<::testing::TestWithParam<std::tuple<int, int, kind>>> {
 protected:
  void SetUp() override {
    for (const tool* t : {&client(), &server()}) {
      if (std::string(t->name) != "fairlead") FAIRLEAD_NEEDS(t->name);
    }
    place_ = {std::get<2>(GetParam()), free_port(), (dir_ / "s").string()};
  }
  static const tool& client() { return tool_of(std::get<0>(GetParam())); }
  static const tool& server() { return tool_of(std::get<1>(GetParam())); }

  place place_;

 private:
  temp_dir dir_;
};

std::string names_of(const ::testing::TestParamInfo<std::tuple<int, int, kind>>& param_info) {
  const auto& [client, server, of] = param_info.param;
  return std::string(tool_of(client).name) + "With" + tool_of(server).name + "Over" +
         (of == kind::tcp     ? "Tcp"
          : of == kind::local ? "Unix"
                              : "Udp");
}
const auto everybody = ::testing::Range(0, 4);

INSTANTIATE_TEST_SUITE_P(Pairs, BesideOthers,
                         ::testing::Combine(everybody, everybody, ::testing::Values(kind::tcp, kind::local)),
                         names_of);

TEST_P(BesideOthers, WhatOneSendsTheOtherPrints) {
  running listens(server().listens(place_));
  ASSERT_TRUE(gets_ready(place_));
  running connects(client().connects(place_));
  // No more at a time than what fits into the pipe from which we take it.
  constexpr std::size_t piece = 50'000;
  const std::string there = random_bytes(4 * piece, 21);
  for (std::size_t sent = 0; sent < there.size(); sent += piece) {
    EXPECT_TRUE(connects.write(std::string_view(there).substr(sent, piece)));
    EXPECT_TRUE(listens.gives(sent + piece));
  }
  const std::string back = random_bytes(piece, 22);
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
  if (!server().serves) GTEST_SKIP() << server().name << " runs none";
  if (server().name == std::string("ncat"))
    GTEST_SKIP() << "ncat leaves with the end of its client's input, and what is said then is lost";
  running serves(server().serves(place_, "sha256sum; seq 1 2000"));
  ASSERT_TRUE(gets_ready(place_));
  running connects(client().connects(place_));
  EXPECT_TRUE(connects.write(random_bytes(200'000, 23)));
  connects.close_input();
  EXPECT_EQ(connects.status(), 0) << connects.errors();
  program_options with;
  with.input = random_bytes(200'000, 23);
  const child_outcome expected = run_program({"/bin/sh", "-c", "sha256sum; seq 1 2000"}, with);
  EXPECT_TRUE(connects.output() == expected.output) << connects.output().substr(0, 100);
  EXPECT_EQ(serves.status(), 0) << serves.errors();
}

TEST_P(BesideOthers, ACommandAnswersWhatItIsAskedWhileTheInputIsOpen) {
  if (!server().serves) GTEST_SKIP() << server().name << " runs none";
  running serves(server().serves(place_, "head -c 8; echo; seq 1 2000"));
  ASSERT_TRUE(gets_ready(place_));
  running connects(client().connects(place_));
  EXPECT_TRUE(connects.write("question"));
  EXPECT_TRUE(connects.says("question\n1\n2\n"));
  EXPECT_TRUE(connects.says("\n2000\n"));
  connects.close_input();
  EXPECT_EQ(connects.status(), 0) << connects.errors();
}

class DatagramsBesideOthers : public BesideOthers {};
INSTANTIATE_TEST_SUITE_P(Pairs, DatagramsBesideOthers,
                         ::testing::Combine(everybody, everybody, ::testing::Values(kind::udp)), names_of);

// What is written at once is one datagram. Their ends are everybody's own business, for there is none that
// the other side could see.
TEST_P(DatagramsBesideOthers, WhatOneSendsTheOtherPrints) {
  running listens(server().listens(place_));
  ASSERT_TRUE(gets_ready(place_));
  running connects(client().connects(place_));
  std::string there;
  std::string back;
  for (unsigned round = 0; round < 3; ++round) {
    there += random_bytes(1000 + round, 24 + round);
    EXPECT_TRUE(connects.write(std::string_view(there).substr(there.size() - 1000 - round)));
    EXPECT_TRUE(listens.gives(there.size())) << listens.errors();
    back += random_bytes(500 + round, 34 + round);
    EXPECT_TRUE(listens.write(std::string_view(back).substr(back.size() - 500 - round)));
    EXPECT_TRUE(connects.gives(back.size())) << connects.errors();
  }
  EXPECT_TRUE(listens.output() == there);
  EXPECT_TRUE(connects.output() == back);
}

class Disagreement : public guarded<> {
 protected:
  void SetUp() override {
    for (const char* const other : {"nc", "ncat", "socat"}) FAIRLEAD_NEEDS(other);
  }
  static place at(const std::string& port) { return {kind::tcp, port, {}}; }
};

// When the input of a client has ended it waits for a line of ours, and then a second longer, which is twice
// what socat waits, before it answers.
class LateAnswer : public Disagreement {
 protected:
  running late_{{"python3", "-c",
                 "import socket, sys, time\n"
                 "s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True)\n"
                 "while True:\n"
                 "  c, _ = s.accept()\n"
                 "  while c.recv(1000): pass\n"
                 "  sys.stdin.readline(); time.sleep(1); c.sendall(b'late'); c.close()\n"}};
  std::string port() {
    EXPECT_TRUE(late_.says("\n"));
    return late_.output().substr(0, late_.output().find('\n'));
  }
};

// nc -N and ncat wait for the answer, socat leaves after half a second. We wait: the peer says by its end
// when it has said all, and whoever wants to wait no longer says so with --idle.
TEST_F(LateAnswer, IsAwaitedByAllButSocat) {
  for (const tool& t : tools()) {
    if (t.name == std::string("socat")) continue;
    running asks(t.connects(at(port())));
    EXPECT_TRUE(asks.write("question"));
    asks.close_input();
    EXPECT_TRUE(late_.write("now\n"));
    EXPECT_EQ(asks.status(), 0) << t.name << asks.errors();
    EXPECT_EQ(asks.output(), "late") << t.name;
  }
}
TEST_F(LateAnswer, IsNotAwaitedBySocat) {
  running socat({"socat", "-", "TCP:127.0.0.1:" + port()});
  EXPECT_TRUE(socat.write("question"));
  socat.close_input();
  EXPECT_EQ(socat.status(), 0);
  EXPECT_EQ(socat.output(), "");
}
// nc without -N keeps its sending side open, so a peer that waits for the end waits for ever. We pass the end
// on: most peers that read to the end need it; for those that take it amiss there is --no-shutdown.
TEST_F(LateAnswer, NeverComesToNcThatDoesNotTellThatItsInputHasEnded) {
  running nc({"nc", "-w", "1", "127.0.0.1", port()});
  EXPECT_TRUE(nc.write("question"));
  nc.close_input();
  (void)nc.status();
  EXPECT_EQ(nc.output(), "");
}

// A listener that has served its client: nc, ncat and socat leave, and so do we. Whoever serves more says
// what they get: --echo, --exec, or relay.
TEST_F(Disagreement, IsNoneThatAListenerLeavesWithItsOnlyClient) {
  for (const tool& t : tools()) {
    const place here = at(free_port());
    running listens(t.listens(here));
    ASSERT_TRUE(gets_ready(here)) << t.name;
    listens.close_input();
    program_options with;
    with.input = "hello";
    EXPECT_EQ(fairlead_tool({"connect", here.ours()}, with).status, 0) << t.name;
    EXPECT_EQ(listens.status(), 0) << t.name;
    EXPECT_EQ(listens.output(), "hello") << t.name;
  }
}

// A server that ends while our input is still open: socat leaves half a second later, and what is typed
// afterwards is lost. nc and ncat stay, and so do we, for a peer may finish first and read on; on a terminal
// we say that it has finished. When it has gone altogether, the next thing that is sent tells us.
TEST_F(Disagreement, SocatLeavesWhenThePeerHasFinishedAndTheOthersStay) {
  for (const tool& t : tools()) {
    listener l("tcp://127.0.0.1:0");
    running client(t.name == std::string("socat") ? words{"socat", "-", "TCP:127.0.0.1:" + l.port()}
                                                  : t.connects(at(l.port())));
    EXPECT_TRUE(client.write("first"));
    EXPECT_TRUE(l.says("first")) << t.name;
    l.close_input();
    if (t.name == std::string("socat")) {
      EXPECT_EQ(client.status(), 0) << client.errors();
      continue;
    }
    EXPECT_TRUE(client.write(", and then"));
    EXPECT_TRUE(l.says("first, and then")) << t.name;
    client.close_input();
    EXPECT_EQ(client.status(), 0) << t.name;
  }
}

}  // namespace
