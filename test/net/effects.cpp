// SPDX-License-Identifier: MIT
// What options change in the world, and not only in what is read back.
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>

#include <gtest/gtest.h>

#include <fairlead/options.hpp>

#include "net/sockets.hpp"
#include "net/ways.hpp"
#include "support/child.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;

TEST(ReusePort, SpreadsConnectionsOverItsListeners) {
  for (const ip_address& here : loopbacks) {
    tcp_listener a = tcp_listener::listen(any_port(here), option::reuse_port()).value();
    tcp_listener b = tcp_listener::listen(address_of(a), option::reuse_port()).value();
    const int connections = 64;
    std::vector<tcp_stream> clients;
    for (int i = 0; i < connections; ++i)
      clients.push_back(tcp_stream::connect(address_of(a)).wait().value());
    int to_a = 0;
    int to_b = 0;
    // A connection may be there for its client a moment before it is for its listener.
    for (const auto until = clock::now() + soon; to_a + to_b < connections && clock::now() < until;) {
      while (a.accept().now()) ++to_a;
      while (b.accept().now()) ++to_b;
    }
    EXPECT_EQ(to_a + to_b, connections);
    EXPECT_GT(to_a, 0);
    EXPECT_GT(to_b, 0);
    EXPECT_EQ(code(tcp_listener::listen(address_of(a))), errc::address_in_use) << "both have to ask for it";
  }
}

TEST(ReusePort, SpreadsDatagramsOverItsSockets) {
  udp_socket a = udp_socket::bind(any_port(loopbacks[0]), option::reuse_port()).value();
  udp_socket b = udp_socket::bind(address_of(a), option::reuse_port()).value();
  const int senders = 64;
  for (int i = 0; i < senders; ++i) {
    udp_socket s = udp_socket::open(family::ipv4).value();
    ASSERT_TRUE(s.send_to("x", address_of(a)).wait());
  }
  std::array<char, 64> in{};
  int to_a = 0;
  int to_b = 0;
  for (const auto until = clock::now() + soon; to_a + to_b < senders && clock::now() < until;) {
    while (a.recv_from(in).now()) ++to_a;
    while (b.recv_from(in).now()) ++to_b;
  }
  EXPECT_EQ(to_a + to_b, senders);
  EXPECT_GT(to_a, 0);
  EXPECT_GT(to_b, 0);
}

TEST(ReuseAddress, LetsAServerStartWhileItsOldConnectionsLinger) {
  tcp_listener l = listen_on(loopbacks[0]);
  const ip_endpoint where = address_of(l);
  tcp_stream client = tcp_stream::connect(where).wait().value();
  {
    tcp_stream server = l.accept().wait().value();
    ASSERT_TRUE(server.shutdown().wait());  // the server's end is the one that lingers
    std::array<char, 64> in{};
    ASSERT_EQ(client.recv(in).wait().value(), 0U);
    ASSERT_TRUE(client.close());
    ASSERT_EQ(server.recv(in).wait().value(), 0U);
  }
  ASSERT_TRUE(l.close());
  EXPECT_EQ(code(tcp_listener::listen(where, option::reuse_address(false))), errc::address_in_use);
  EXPECT_TRUE(tcp_listener::listen(where));
}

TEST(Linger, ZeroResetsAndOffFinishes) {
  std::array<char, 64> in{};
  for (const bool reset : {true, false}) {
    auto [a, b] = tcp_stream::pair().value();
    ASSERT_TRUE(a.set(reset ? option::linger::reset() : option::linger::off()));
    ASSERT_TRUE(a.close());
    const auto r = b.recv(in).wait();
    if (reset) {
      EXPECT_EQ(code(r), errc::connection_reset);
    } else {
      EXPECT_EQ(r.value(), 0U);
    }
  }
}

TEST(Linger, DeliversWhatWasSentBeforeClosing) {
  auto [a, b] = tcp_stream::pair().value();
  // More than the peer's kernel takes before somebody reads.
  const std::vector<std::byte> much(1U << 20U);
  std::size_t sent = 0;
  for (auto n = a.send_some(much).now(); n; n = a.send_some(much).now()) sent += *n;
  ASSERT_TRUE(a.set(option::linger(30s)));
  std::size_t received = 0;
  std::thread reader([&, &from = b] {
    std::vector<std::byte> in(1U << 16U);
    while (const auto n = from.recv(in).within(soon).wait()) {
      if (*n == 0) break;
      received += *n;
    }
  });
  ASSERT_TRUE(a.close());
  reader.join();
  EXPECT_EQ(received, sent);
}

/// Some interface that is not the loopback one.
std::optional<std::string> another_interface() {
  std::optional<std::string> found;
  struct if_nameindex* const all = ::if_nameindex();
  for (const auto* i = all; i->if_index != 0 && !found; ++i) {
    if (std::strcmp(i->if_name, "lo") != 0) found = i->if_name;
  }
  ::if_freenameindex(all);
  return found;
}

TEST(BindToDevice, IsReachedThroughThatDeviceOnly) {
  const auto other = another_interface();
  for (const ip_address& here : loopbacks) {
    const auto on_lo = tcp_listener::listen(any_port(here), option::bind_to_device("lo"));
    ASSERT_TRUE(on_lo) << said(on_lo);
    EXPECT_TRUE(tcp_stream::connect(address_of(*on_lo)).wait());
    if (!other) continue;
    const ip_address any = here.is_v6() ? ip_address(ipv6_address::any()) : ip_address(ipv4_address::any());
    const tcp_listener elsewhere =
        tcp_listener::listen(any_port(any), option::bind_to_device(*other)).value();
    const ip_endpoint there(here, address_of(elsewhere).port());
    EXPECT_EQ(said(tcp_stream::connect(there).wait()),
              "connect tcp://" + there.to_string() + ": connection refused");
    EXPECT_EQ(elsewhere.get<option::bind_to_device>()->device().name().value(), *other);
  }
}

TEST(BindToDevice, AgainTakesARightAndSaysWhich) {
  const child_outcome child = run_in_child([] {
    if (::geteuid() == 0 && ::seteuid(65534) != 0) return 1;
    udp_socket s = udp_socket::open(family::ipv4).value();
    const auto first = s.set(option::bind_to_device("lo"));
    if (!first) return code(first) == errc::operation_not_permitted ? 77 : 2;  // before Linux 5.7
    const auto again = s.set(option::bind_to_device(network_interface()));
    std::puts(said(again).c_str());
    return code(again) == errc::operation_not_permitted ? 0 : 3;
  });
  if (child.status == 77) GTEST_SKIP() << "this kernel wants CAP_NET_RAW for the first time as well";
  EXPECT_EQ(child.status, 0) << child.errors;
  EXPECT_EQ(child.output,
            "set option bind_to_device of a udp socket: not permitted; it takes root, or CAP_NET_RAW or "
            "CAP_NET_ADMIN\n");
}

// ── TCP Fast Open ────────────────────────────────────────────────────────────────────────────────────────

class FastOpen : public every_way {
 protected:
  // The client speaks first, and its connection is used in all ways.
  void converse(tcp_listener& l) {
    tcp_socket s = tcp_socket::open(l.local_endpoint()->family()).value();
    ASSERT_TRUE(s.set(option::fast_open_connect()));
    tcp_stream client = finish([&] { return s.connect(address_of(l)); }).value();
    const auto sent = finish([&] { return client.send("early"); });
    ASSERT_TRUE(sent) << said(sent);
    EXPECT_EQ(*sent, 5U);
    tcp_stream server = finish([&] { return l.accept(); }).value();
    std::array<char, 64> in{};
    EXPECT_EQ(text(in, finish([&] { return server.recv(in); }).value()), "early");
    ASSERT_TRUE(finish([&] { return server.send("answer"); }));
    EXPECT_EQ(text(in, finish([&] { return client.recv(in); }).value()), "answer");
    EXPECT_EQ(client.peer_endpoint().value(), l.local_endpoint().value());
  }
};
FAIRLEAD_IN_EVERY_WAY(FastOpen);

TEST_P(FastOpen, WorksOrDoesNotMatter) {
  tcp_socket probe = tcp_socket::open(family::ipv4).value();
  if (const auto r = probe.set(option::fast_open_connect()); !r) {
    EXPECT_EQ(said(r),
              "set option fast_open_connect of a tcp socket: the kernel does not offer it for this socket");
    GTEST_SKIP() << "net.ipv4.tcp_fastopen forbids it";
  }
  for (const ip_address& here : loopbacks) {
    tcp_listener l = tcp_listener::listen(any_port(here), option::fast_open(16)).value();
    for (int i = 0; i < 3; ++i) converse(l);
  }
}

// A network of our own, in which fast open is allowed; false where there can be none.
bool enter_network_with_fast_open() {
  if (::unshare(CLONE_NEWNET) != 0) return false;
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq up{};
  std::strcpy(up.ifr_name, "lo");
  up.ifr_flags = IFF_UP;
  const bool is_up = ::ioctl(fd, SIOCSIFFLAGS, &up) == 0;
  ::close(fd);
  std::ofstream setting("/proc/sys/net/ipv4/tcp_fastopen");
  return is_up && (setting << 3 << std::flush);
}

// A counter of /proc/net/netstat; every line of names is followed by one of numbers.
long network_counter(const std::string& wanted) {
  std::ifstream file("/proc/net/netstat");
  std::string names;
  std::string numbers;
  while (std::getline(file, names) && std::getline(file, numbers)) {
    std::istringstream n(names);
    std::istringstream v(numbers);
    std::string name;
    std::string value;
    while (n >> name && v >> value) {
      if (name == wanted) return std::stol(value);
    }
  }
  return -1;
}

TEST_P(FastOpen, CarriesDataWithTheFirstPacketWhereItIsAllowed) {
  const child_outcome child = run_in_child([this] {
    if (!enter_network_with_fast_open()) return 77;
    for (const ip_address& here : loopbacks) {
      tcp_listener l = tcp_listener::listen(any_port(here), option::fast_open(16)).value();
      // The first connection brings the cookie.
      for (int i = 0; i < 3; ++i) converse(l);
    }
    std::printf("%ld %ld\n", network_counter("TCPFastOpenActive"), network_counter("TCPFastOpenPassive"));
    std::fflush(stdout);
    return HasFailure() ? 1 : 0;
  });
  if (child.status == 77) GTEST_SKIP() << "no network namespace of our own";
  EXPECT_EQ(child.status, 0) << child.output << child.errors;
  EXPECT_EQ(child.output, "4 4\n");
}

TEST_P(FastOpen, TellsARefusalWithTheFirstSend) {
  const child_outcome child = run_in_child([this] {
    if (!enter_network_with_fast_open()) return 77;
    tcp_listener l = tcp_listener::listen(any_port(loopbacks[0]), option::fast_open(16)).value();
    const ip_endpoint where = address_of(l);
    converse(l);
    if (!l.close()) return 1;
    tcp_socket s = tcp_socket::open(family::ipv4).value();
    if (!s.set(option::fast_open_connect())) return 2;
    auto client = finish([&] { return s.connect(where); });
    if (!client) return 3;
    auto sent = finish([&] { return client->send("early"); });
    std::array<char, 64> in{};
    // The send puts the bytes into the first packet; on loopback the refusal may come back in time or not.
    const auto answer = sent ? finish([&] { return client->recv(in); }) : sent;
    std::puts(said(answer).c_str());
    std::fflush(stdout);
    return code(answer) == errc::connection_refused ? 0 : 4;
  });
  if (child.status == 77) GTEST_SKIP() << "no network namespace of our own";
  EXPECT_EQ(child.status, 0) << child.output << child.errors;
}

}  // namespace
}  // namespace fairlead::testing
