// SPDX-License-Identifier: MIT
// A machine that has no more to give, or never had it: every opening says what it was about.
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include <gtest/gtest.h>

#include <fairlead/options.hpp>

#include "net/sockets.hpp"
#include "net/ways.hpp"
#include "support/child.hpp"

namespace fairlead::testing {
namespace {

void print(const std::string& line) { std::printf("%s\n", line.c_str()); }

TEST(WithoutDescriptors, EveryOpeningSaysWhatItWasFor) {
  const child_outcome child = run_in_child([] {
    const ip_endpoint there(ipv4_address::loopback(), port(9));
    const unix_address name = unix_address::abstract("nobody").value();
    const int next = ::dup(0);
    ::close(next);
    const rlimit none{static_cast<rlim_t>(next), static_cast<rlim_t>(next)};
    ::setrlimit(RLIMIT_NOFILE, &none);
    print(said(tcp_socket::open(family::ipv4)));
    print(said(tcp_stream::connect(there).now()));
    print(said(tcp_listener::listen(there)));
    print(said(tcp_stream::pair()));
    print(said(udp_socket::open(family::ipv6)));
    print(said(udp_socket::bind(there)));
    print(said(udp_socket::pair()));
    print(said(unix_stream::connect(name).now()));
    print(said(unix_seqpacket_socket::connect(name).now()));
    print(said(unix_listener::listen(name)));
    print(said(unix_datagram_socket::open()));
    print(said(unix_datagram_socket::bind(name)));
    print(said(unix_stream::pair()));
    std::fflush(stdout);
    return 0;
  });
  EXPECT_EQ(child.output,
            "open tcp: too many open files\n"
            "connect tcp://127.0.0.1:9: too many open files\n"
            "open tcp: too many open files\n"
            "open tcp: too many open files\n"
            "open udp: too many open files\n"
            "open udp: too many open files\n"
            "open udp: too many open files\n"
            "connect unix:@nobody: too many open files\n"
            "connect unix-seqpacket:@nobody: too many open files\n"
            "open unix:@nobody: too many open files\n"
            "open unix-dgram: too many open files\n"
            "open unix-dgram:@nobody: too many open files\n"
            "open unix: too many open files\n")
      << child.errors;
}

TEST(WithoutMultipath, OpeningSaysSo) {
  const child_outcome child = run_in_child([] {
    if (::unshare(CLONE_NEWNET) != 0) return 77;
    std::ofstream setting("/proc/sys/net/mptcp/enabled");
    setting << 0 << std::flush;  // or there is none at all
    print(said(tcp_socket::open_multipath(family::ipv4)));
    std::fflush(stdout);
    return 0;
  });
  if (child.status == 77) GTEST_SKIP() << "no network namespace of our own";
  EXPECT_EQ(child.output, "open multipath tcp: this kernel has none, or net.mptcp.enabled is 0\n")
      << child.errors;
}

TEST(WithoutThatOption, TheKernelIsNamed) {
  auto s = tcp_socket::open_multipath(family::ipv4);
  if (!s) GTEST_SKIP() << said(s);
  // Multipath TCP has few of TCP's options, and more with every year; whichever it lacks is worded alike.
  const std::string words = ": the kernel does not offer it for this socket";
  const auto expect_worded = [&](const std::string& what) {
    EXPECT_TRUE(what == "(no error)" || what.ends_with(words)) << what;
  };
  expect_worded(said(s->set(option::quick_ack())));
  expect_worded(said(s->get<option::quick_ack>()));
  expect_worded(said(s->set(option::hop_limit(7))));
  expect_worded(said(s->set(option::fast_open_connect())));
  expect_worded(said(s->set(option::user_timeout(std::chrono::seconds(3)))));
  expect_worded(said(s->get<option::keepalive>()));
}

}  // namespace
}  // namespace fairlead::testing
