// SPDX-License-Identifier: MIT
// What only one's own library understands proves little: the same things with Python at the other end.
#include <unistd.h>

#include <future>

#include <gtest/gtest.h>

#include <fairlead/options.hpp>

#include "net/sockets.hpp"
#include "net/ways.hpp"
#include "support/child.hpp"
#include "support/temp_dir.hpp"

namespace fairlead::testing {
namespace {

class PythonPeer : public every_way {
 protected:
  void SetUp() override {
    static const bool here =
        run_program({"/usr/bin/env", "python3", "-c", "import socket; socket.send_fds"}).status == 0;
    if (!here) GTEST_SKIP() << "there is no python3 with socket.send_fds here";
  }
  static std::future<child_outcome> python(std::string script, std::string argument) {
    return std::async(std::launch::async, [script = std::move(script), argument = std::move(argument)] {
      return run_program({"/usr/bin/env", "python3", "-c", script, argument});
    });
  }
  std::array<char, 64> in{};
};
FAIRLEAD_IN_EVERY_WAY(PythonPeer);

TEST_P(PythonPeer, PassesDescriptorsBothWays) {
  const temp_dir dir;
  unix_listener l = unix_listener::listen(dir.socket("s")).value();
  auto peer = python(R"(
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
reading, writing = os.pipe()
socket.send_fds(s, [b'take ', b'this'], [reading, writing])
words, fds, flags, address = socket.recv_fds(s, 64, 4)
print(words.decode(), len(fds), os.read(fds[0], 64).decode())
)",
                     (dir / "s").string());
  unix_stream s = finish([&] { return l.accept(); }).value();
  const fairlead::message m = finish([&] { return s.recv_message(in); }).value();
  EXPECT_EQ(text(in, m.size), "take this");
  ASSERT_EQ(m.descriptors.size(), 2U);
  ASSERT_EQ(::write(m.descriptors[1].get(), "through a pipe", 14), 14);
  const int back = m.descriptors[0].get();
  ASSERT_TRUE(finish([&] { return s.send_message("and back", std::span(&back, 1)); }));
  const child_outcome ended = peer.get();
  EXPECT_EQ(ended.output, "and back 1 through a pipe\n") << ended.errors;
}

TEST_P(PythonPeer, SendsAndReceivesRecords) {
  const temp_dir dir;
  unix_seqpacket_listener l = unix_seqpacket_listener::listen(dir.socket("q")).value();
  auto peer = python(R"(
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.connect(sys.argv[1])
s.send(b'one'); s.send(b'two')
print(s.recv(64).decode(), s.recv(64).decode(), len(s.recv(64)))
)",
                     (dir / "q").string());
  unix_seqpacket_socket s = finish([&] { return l.accept(); }).value();
  EXPECT_EQ(finish([&] { return s.recv(in); }).value(), 3U);
  EXPECT_EQ(finish([&] { return s.recv(in); }).value(), 3U);
  EXPECT_EQ(text(in, 3), "two");
  const const_buffer out[] = {"th", "ree"};
  ASSERT_TRUE(finish([&] { return s.send(const_buffers(out)); }));
  ASSERT_TRUE(finish([&] { return s.send("four"); }));
  ASSERT_TRUE(finish([&] { return s.shutdown(); }));
  const child_outcome ended = peer.get();
  EXPECT_EQ(ended.output, "three four 0\n") << ended.errors;
}

TEST_P(PythonPeer, HearsAndSpeaksInAGroup) {
  const ip_address group(ipv4_address(239, 77, 77, 79));
  udp_socket s = udp_socket::bind({ipv4_address::any(), port(0)}, option::join_group(group, "lo"),
                                  option::multicast_interface("lo"))
                     .value();
  auto peer = python(R"(
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('', 0))
lo = socket.inet_aton('239.77.77.79') + socket.inet_aton('127.0.0.1')
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, lo)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton('127.0.0.1'))
s.settimeout(10)
s.sendto(b'to the group', ('239.77.77.79', int(sys.argv[1])))
print(s.recv(64).decode())
)",
                     address_of(s).port().to_string());
  const auto d = finish([&] { return s.recv_from(in); });
  ASSERT_TRUE(d) << said(d);
  EXPECT_EQ(text(in, d->size), "to the group");
  ASSERT_TRUE(finish([&] { return s.send_to("heard", ip_endpoint(group, d->from.ip().port())); }));
  const child_outcome ended = peer.get();
  EXPECT_EQ(ended.output, "heard\n") << ended.errors;
}

}  // namespace
}  // namespace fairlead::testing
