// SPDX-License-Identifier: MIT
// --idle and those who read slowly: whoever takes a few bytes now and then is not silent, however much we
// have for him.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"
#include "tool/running.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;

struct service {
  std::string name;
  std::string scheme;
  std::vector<std::string> flags;
};

class SlowReader : public guarded<::testing::TestWithParam<service>> {};

// Far more than the buffers of both ends: when they are full, nothing moves but what the reader takes.
constexpr std::size_t size = 6'000'000;

// Takes 1 KiB of the socket ten times a second, below TLS if there is any, then all the rest at once.
constexpr const char* reader = R"(
import socket, ssl, sys, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
s.settimeout(20)
s.connect(('127.0.0.1', int(sys.argv[1])))
came, said = ssl.MemoryBIO(), ssl.MemoryBIO()
if sys.argv[2] == 'tls':
    context = ssl._create_unverified_context()
    tls = context.wrap_bio(came, said)
    while True:
        try: tls.do_handshake(); break
        except ssl.SSLWantReadError:
            s.sendall(said.read()); came.write(s.recv(1024))
    s.sendall(said.read())
for i in range(28):
    came.write(s.recv(1024))
    time.sleep(0.1)
while True:
    more = s.recv(65536)
    if not more: break
    came.write(more)
if sys.argv[2] == 'tls':
    total = 0
    while True:
        got = len(tls.read(65536))
        total += got
        if got == 0: break
else:
    total = len(came.read())
print(total)
)";

TEST_P(SlowReader, IsNotTakenForSilent) {
  FAIRLEAD_NEEDS("python3");
  const temp_dir dir;
  std::vector<std::string> words{"--exec", "head -c " + std::to_string(size) + " /dev/zero", "--idle", "2s"};
  for (std::string flag : GetParam().flags) {
    if (flag == "FILE") flag = (dir / "file").string();
    words.push_back(std::move(flag));
  }
  listener l(GetParam().scheme + "://127.0.0.1:0", words);
  const child_outcome o = run_program({"/usr/bin/env", "python3", "-c", reader, l.port(), GetParam().scheme});
  EXPECT_EQ(o.output, std::to_string(size) + '\n') << o.errors << l.errors();
}

INSTANTIATE_TEST_SUITE_P(Of, SlowReader,
                         ::testing::Values(service{"Tls", "tls", {}},
                                           service{"Watched", "tcp", {"--report", "FILE"}}),
                         [](const auto& which) { return which.param.name; });

class SlowRelay : public guarded<> {};

TEST_F(SlowRelay, LetsASlowReaderTakeItsTime) {
  FAIRLEAD_NEEDS("python3");
  listener server("tcp://127.0.0.1:0", {"--exec", "head -c " + std::to_string(size) + " /dev/zero"});
  relaying r("tcp://127.0.0.1:0", server.address(), {"--idle", "2s"});
  const child_outcome o = run_program({"/usr/bin/env", "python3", "-c", reader, r.port(), "tcp"});
  EXPECT_EQ(o.output, std::to_string(size) + '\n') << o.errors << r.errors();
}

TEST_F(SlowRelay, StillNoticesAReaderWhoHasStopped) {
  FAIRLEAD_NEEDS("python3");
  listener server("tcp://127.0.0.1:0", {"--exec", "cat /dev/zero"});
  relaying r("tls://127.0.0.1:0", server.address(), {"--idle", "2s"});
  running stopped({"python3", "-c", R"(
import socket, ssl, sys, time
s = ssl._create_unverified_context().wrap_socket(socket.create_connection(('127.0.0.1', int(sys.argv[1]))))
s.recv(1)
sys.stdin.read()
)",
                   r.port()});
  EXPECT_TRUE(r.complains(": silent for 2 s")) << r.errors();
  stopped.close_input();
  EXPECT_EQ(stopped.status(), 0) << stopped.errors();
}

}  // namespace
