// SPDX-License-Identifier: MIT
// fairlead relay between two listeners: those who wait for a partner, and may leave meanwhile.
#include <signal.h>

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"
#include "tool/running.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;

class RelayWaiting : public guarded<> {
 protected:
  // Both addresses of `relay FROM listen:TO`.
  struct meeting : running {
    explicit meeting(const std::string& from, const std::string& to)
        : running(fairlead_command({"relay", from, "listen:" + to, "--verbose"})) {
      for (std::size_t lines = 1; place.size() < 2 && complains_lines(lines); ++lines) {
        const std::string line = lines_of(errors())[lines - 1];
        if (line.starts_with("listening ")) place.push_back(line.substr(10));
        if (const auto pin_at = line.find("sha256:"); pin_at != std::string::npos) pin = line.substr(pin_at);
      }
      place.resize(2);
    }
    std::vector<std::string> place;
    std::string pin;
  };
  temp_dir files_;

  // A client that ends as each of `how` says after it has said "something", or with "closed" nothing.
  static void come_and_go(const std::string& port, const std::vector<std::string>& how) {
    const std::string script = R"(
import socket, struct, sys
for how in sys.argv[2:]:
    s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
    if how == 'reset':
        s.sendall(b'something')
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    s.close()
)";
    std::vector<std::string> words{"/usr/bin/env", "python3", "-c", script, port};
    words.insert(words.end(), how.begin(), how.end());
    const child_outcome o = run_program(words);
    EXPECT_EQ(o.status, 0) << o.errors;
  }
  static std::string port_of(const std::string& address) { return address.substr(address.rfind(':') + 1); }
  static void meet(const std::string& first, const std::string& second,
                   const std::vector<std::string>& flags = {}) {
    std::vector<std::string> words{"connect", second};
    words.insert(words.end(), flags.begin(), flags.end());
    running a(fairlead_command({"connect", first}));
    running b(fairlead_command(words));
    EXPECT_TRUE(a.write("from the first"));
    EXPECT_TRUE(b.says("from the first")) << b.errors();
    EXPECT_TRUE(b.write("from the second"));
    EXPECT_TRUE(a.says("from the second")) << a.errors();
  }
};

TEST_F(RelayWaiting, WhoLeavesTheFirstListenerIsNobodysPartner) {
  FAIRLEAD_NEEDS("python3");
  meeting r("tcp://127.0.0.1:0", "tcp://127.0.0.1:0");
  come_and_go(port_of(r.place[0]), {"closed", "reset"});
  EXPECT_TRUE(r.complains(": has left before anybody came for it\n")) << r.errors();
  EXPECT_TRUE(r.complains(": connection reset")) << r.errors();
  meet(r.place[0], r.place[1]);
}

TEST_F(RelayWaiting, WhoLeavesTheBacklogOfTheSecondListenerIsNobodysPartner) {
  FAIRLEAD_NEEDS("python3");
  meeting r("tcp://127.0.0.1:0", "tcp://127.0.0.1:0");
  // They are accepted when somebody waits for them, and are gone by then.
  come_and_go(port_of(r.place[1]), {"closed", "reset"});
  meet(r.place[0], r.place[1]);
}

TEST_F(RelayWaiting, WhoLeavesDuringAHandshakeIsNobodysPartner) {
  FAIRLEAD_NEEDS("python3");
  meeting r("tcp://127.0.0.1:0", "tls://127.0.0.1:0");
  running a(fairlead_command({"connect", r.place[0]}));
  come_and_go(port_of(r.place[1]), {"closed"});
  running b(fairlead_command({"connect", r.place[1], "--pin", r.pin}));
  EXPECT_TRUE(a.write("still here"));
  EXPECT_TRUE(b.says("still here")) << b.errors() << r.errors();
}

TEST_F(RelayWaiting, WhatSomebodySaidBeforeHisEndIsDelivered) {
  for (const std::size_t waits : {0U, 1U}) {
    const std::string place = "unix:" + (files_ / "s").string() + std::to_string(waits);
    meeting r(place + "a", place + "b");
    running speaker(fairlead_command({"connect", r.place[waits]}));
    EXPECT_TRUE(speaker.write("hi\n"));
    speaker.close_input();
    running hearer(fairlead_command({"connect", r.place[1 - waits]}));
    EXPECT_TRUE(hearer.says("hi\n")) << hearer.errors() << r.errors();
    EXPECT_TRUE(hearer.write("and hello"));
    EXPECT_TRUE(speaker.says("and hello")) << speaker.errors();
    hearer.close_input();
    EXPECT_EQ(hearer.status(), 0);
    EXPECT_EQ(speaker.status(), 0);
  }
}

TEST_F(RelayWaiting, MegabytesOfSomebodyWhoWaitsArriveInOrder) {
  meeting r("tcp://127.0.0.1:0", "unix:" + (files_ / "s").string());
  running speaker(fairlead_command({"connect", r.place[0]}));
  std::string all;
  for (int i = 0; i < 200'000; ++i) all += std::to_string(i) + '\n';
  EXPECT_TRUE(speaker.write(all.substr(0, 10'000)));
  running hearer(fairlead_command({"connect", r.place[1]}));
  EXPECT_TRUE(speaker.write(all.substr(10'000)));
  speaker.close_input();
  EXPECT_TRUE(hearer.gives(all.size()));
  EXPECT_TRUE(hearer.output() == all);
}

TEST_F(RelayWaiting, MessagesOfSomebodyWhoWaitsKeepTheirBoundaries) {
  const std::string place = "unix-seqpacket:" + (files_ / "s").string();
  meeting r(place + "a", place + "b");
  FAIRLEAD_NEEDS("python3");
  const std::string script = R"(
import socket, sys
a, b = [socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) for i in range(2)]
for s in (a, b): s.settimeout(20)
a.connect(sys.argv[1]); a.send(b'one'); a.send(b'two'); a.send(b'three')
b.connect(sys.argv[2])
print([b.recv(100).decode() for i in range(3)])
)";
  const child_outcome o =
      run_program({"/usr/bin/env", "python3", "-c", script, r.place[0].substr(15), r.place[1].substr(15)});
  EXPECT_EQ(o.output, "['one', 'two', 'three']\n") << o.errors << r.errors();
}

TEST_F(RelayWaiting, WhoHasOnlyEndedHisSideWithoutAWordSeesAFailure) {
  meeting r("tcp://127.0.0.1:0", "tcp://127.0.0.1:0");
  const child_outcome o = fairlead_tool({"connect", r.place[0]});
  EXPECT_EQ(o.status, 1) << "an empty answer would look like one";
  EXPECT_TRUE(r.complains(": has left before anybody came for it\n"));
}

TEST_F(RelayWaiting, AnInterruptEndsWhoWaits) {
  meeting r("tcp://127.0.0.1:0", "tcp://127.0.0.1:0");
  running a(fairlead_command({"connect", r.place[0]}));
  ASSERT_TRUE(r.complains(": accepted"));
  r.signal(SIGINT);
  EXPECT_EQ(r.status(), 128 + SIGINT) << r.errors();
}

}  // namespace
