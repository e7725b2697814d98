// SPDX-License-Identifier: MIT
// Other people's tools at the other end: what works with each other must work with us.
#include <signal.h>

#include <chrono>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <fairlead/tcp.hpp>

#include "support/bytes.hpp"
#include "support/temp_dir.hpp"
#include "tool/running.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;

class Peer : public guarded<> {};

TEST_F(Peer, NcConnectsToOurCommandAndGetsItsAnswerAfterTheEndOfItsInput) {
  FAIRLEAD_NEEDS("nc");
  listener l("tcp://127.0.0.1:0", {"--exec", "wc -c", "--once"});
  const child_outcome nc = run_program({"/bin/sh", "-c", "exec nc -N 127.0.0.1 " + l.port()},
                                       {.input = random_bytes(300'000, 7), .environment = {}});
  EXPECT_EQ(nc.output, "300000\n");
  EXPECT_EQ(l.status(), 0) << l.errors();
}

TEST_F(Peer, NcListensAndBothDirectionsArrive) {
  FAIRLEAD_NEEDS("nc");
  const std::string port = free_port();
  running nc({"nc", "-l", "-N", "127.0.0.1", port});
  EXPECT_TRUE(nc.write("from nc"));
  nc.close_input();
  const child_outcome o = connect_when_it_listens("tcp://127.0.0.1:" + port, {}, "from us");
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_EQ(o.output, "from nc");
  EXPECT_TRUE(nc.says("from us"));
}

TEST_F(Peer, NcSpeaksUdpAndUnixStreamsWithUs) {
  FAIRLEAD_NEEDS("nc");
  const temp_dir dir;
  const std::string path = (dir / "s").string();
  listener udp("udp://127.0.0.1:0", {"--echo"});
  running over_udp({"nc", "-u", "127.0.0.1", udp.port()});
  EXPECT_TRUE(over_udp.write("datagram\n") && over_udp.says("datagram\n"));
  listener local("unix:" + path, {"--echo"});
  running over_unix({"nc", "-U", path});
  EXPECT_TRUE(over_unix.write("stream\n") && over_unix.says("stream\n"));
}

TEST_F(Peer, NcatTalksWithUsBothWays) {
  FAIRLEAD_NEEDS("ncat");
  listener l("tcp://127.0.0.1:0");
  running ncat({"ncat", "127.0.0.1", l.port()});
  EXPECT_TRUE(ncat.write("from ncat\n") && l.says("from ncat\n"));
  EXPECT_TRUE(l.write("from us\n") && ncat.says("from us\n"));
  ncat.close_input();
  l.close_input();
  EXPECT_EQ(l.status(), 0) << l.errors();
}

TEST_F(Peer, SocatAnswersAfterTheEndOfOurInput) {
  FAIRLEAD_NEEDS("socat");
  const std::string port = free_port();
  running socat({"socat", "-t", "10", "TCP-LISTEN:" + port + ",bind=127.0.0.1", "SYSTEM:wc -c"});
  const child_outcome o = connect_when_it_listens("tcp://127.0.0.1:" + port, {}, random_bytes(300'000, 8));
  EXPECT_EQ(o.status, 0) << o.errors;
  EXPECT_EQ(o.output, "300000\n");
}

TEST_F(Peer, PythonSendsUsDatagramsAndGetsEachBackByItself) {
  FAIRLEAD_NEEDS("python3");
  listener l("udp://127.0.0.1:0", {"--echo"});
  const child_outcome o = run_program({"/bin/sh", "-c", "exec python3 - " + l.port()}, {.input = R"(
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(10)
for size in (0, 1, 1472, 65507):
    s.sendto(b'x' * size, ('127.0.0.1', int(sys.argv[1])))
    print(len(s.recv(65536)))
)",
                                                                                        .environment = {}});
  EXPECT_EQ(o.output, "0\n1\n1472\n65507\n") << o.errors;
}

TEST_F(Peer, PythonMayFinishFirstAndReadOn) {
  FAIRLEAD_NEEDS("python3");
  listener l("tcp://127.0.0.1:0");
  running python({"python3", "-c",
                  "import socket, sys\n"
                  "s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n"
                  "s.sendall(b'question')\n"
                  "s.shutdown(socket.SHUT_WR)\n"
                  "print(s.makefile().read(), flush=True)\n",
                  l.port()});
  EXPECT_TRUE(l.says("question"));
  EXPECT_TRUE(l.write("answer"));
  l.close_input();
  EXPECT_TRUE(python.says("answer\n"));
  EXPECT_EQ(l.status(), 0) << l.errors();
}

}  // namespace
