// SPDX-License-Identifier: MIT
// Every option is set and read back on every kind of socket that has it; on the others it is refused in
// words.
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>

#include <gtest/gtest.h>

#include <fairlead/options.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/udp.hpp>
#include <fairlead/unix.hpp>

#include "net/ways.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;

constexpr family families[] = {family::ipv4, family::ipv6};

template <class Option>
void expect_round_trip(basic_socket& s, const Option& o) {
  const result<void> set = s.set(o);
  ASSERT_TRUE(set) << set.error().message();
  const result<Option> got = s.get<Option>();
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(*got, o);
}

template <class Option>
void expect_both_values(basic_socket& s) {
  expect_round_trip(s, Option(true));
  expect_round_trip(s, Option(false));
}

template <class F>
void on_tcp(F f) {
  for (const family family : families) {
    SCOPED_TRACE(to_string(family));
    tcp_socket s = tcp_socket::open(family).value();
    f(s);
  }
}

template <class F>
void on_udp(F f) {
  for (const family family : families) {
    SCOPED_TRACE(to_string(family));
    udp_socket s = udp_socket::open(family).value();
    f(s);
  }
}

template <class F>
void on_unix(F f) {
  unix_datagram_socket s = unix_datagram_socket::open().value();
  f(s);
  auto stream = unix_stream::pair().value();
  f(stream.first);
  auto seqpacket = unix_seqpacket_socket::pair().value();
  f(seqpacket.first);
}

int raw(const basic_socket& s, int level, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  EXPECT_EQ(::getsockopt(s.native_handle(), level, name, &value, &length), 0);
  return value;
}

TEST(Options, OfTcpReadBackAsTheyWereSet) {
  on_tcp([](tcp_socket& s) {
    expect_both_values<option::no_delay>(s);
    expect_both_values<option::quick_ack>(s);
    expect_both_values<option::cork>(s);
    expect_round_trip(s, option::not_sent_low_water(16384));
    expect_round_trip(s, option::user_timeout(1500ms));
    expect_round_trip(s, option::user_timeout(0ms));
    expect_round_trip(s, option::fast_open(16));
    expect_round_trip(s, option::fast_open(0));
    expect_round_trip(s, option::congestion_control("reno"));
    expect_round_trip(s, option::linger(3s));
    expect_round_trip(s, option::linger::reset());
    expect_round_trip(s, option::linger::off());
  });
}

TEST(Options, KeepaliveHasTimesAndACount) {
  on_tcp([](tcp_socket& s) {
    expect_round_trip(s, option::keepalive{.on = true, .idle = 30s, .interval = 5s, .count = 3});
    ASSERT_TRUE(s.set(option::keepalive::off()));
    // Turning it off keeps the times for the next time.
    EXPECT_EQ(s.get<option::keepalive>().value(),
              (option::keepalive{.on = false, .idle = 30s, .interval = 5s, .count = 3}));
    ASSERT_TRUE(s.set(option::keepalive{.count = 7}));
    EXPECT_EQ(s.get<option::keepalive>().value(),
              (option::keepalive{.on = true, .idle = 30s, .interval = 5s, .count = 7}));
    expect_round_trip(s, option::keepalive{.on = true, .idle = 32767s, .interval = 32767s, .count = 127});
    expect_round_trip(s, option::keepalive{.on = true, .idle = 1s, .interval = 1s, .count = 1});
  });
}

TEST(Options, KeepaliveWithOneBadPartChangesNothing) {
  tcp_socket s = tcp_socket::open(family::ipv4).value();
  const option::keepalive before = s.get<option::keepalive>().value();
  EXPECT_EQ(said(s.set(option::keepalive{.idle = 10s, .interval = 0s})),
            "set option keepalive of a tcp socket: interval must be 1 to 32767 s, not 0");
  EXPECT_EQ(said(s.set(option::keepalive{.idle = 10s, .count = 128})),
            "set option keepalive of a tcp socket: count must be 1 to 127, not 128");
  EXPECT_EQ(said(s.set(option::keepalive{.idle = 32768s})),
            "set option keepalive of a tcp socket: idle must be 1 to 32767 s, not 32768");
  EXPECT_EQ(s.get<option::keepalive>().value(), before);
}

TEST(Options, OfUdpReadBackAsTheyWereSet) {
  on_udp([](udp_socket& s) {
    expect_both_values<option::broadcast>(s);
    expect_both_values<option::multicast_loop>(s);
    for (const int hops : {0, 1, 255}) expect_round_trip(s, option::multicast_hops(hops));
  });
}

TEST(Options, OfIpReadBackAsTheyWereSet) {
  const auto common = [](basic_socket& s) {
    expect_both_values<option::reuse_address>(s);
    expect_both_values<option::reuse_port>(s);
    for (const int hops : {1, 64, 255}) expect_round_trip(s, option::hop_limit(hops));
    for (const int value : {0, 1, 46, 63}) expect_round_trip(s, option::dscp(value));
    expect_round_trip(s, option::bind_to_device("lo"));
    expect_round_trip(s, option::bind_to_device(network_interface()));
  };
  on_tcp(common);
  on_udp(common);
}

TEST(Options, V6OnlyReadsBack) {
  tcp_socket tcp = tcp_socket::open(family::ipv6).value();
  expect_both_values<option::v6_only>(tcp);
  udp_socket udp = udp_socket::open(family::ipv6).value();
  expect_both_values<option::v6_only>(udp);
}

TEST(Options, ABufferReadsBackAsTheDoubleOfWhatWasSet) {
  const auto doubled = [](basic_socket& s) {
    ASSERT_TRUE(s.set(option::receive_buffer(50'000)));
    EXPECT_EQ(s.get<option::receive_buffer>()->bytes(), 100'000U);
    ASSERT_TRUE(s.set(option::send_buffer(40'000)));
    EXPECT_EQ(s.get<option::send_buffer>()->bytes(), 80'000U);
  };
  on_tcp(doubled);
  on_udp(doubled);
  on_unix(doubled);
}

TEST(Options, ABufferIsNeverSmallerThanTheKernelNeedsNorLargerThanItAllows) {
  udp_socket s = udp_socket::open(family::ipv4).value();
  ASSERT_TRUE(s.set(option::receive_buffer(0)));
  EXPECT_GE(s.get<option::receive_buffer>()->bytes(), 2048U);
  ASSERT_TRUE(s.set(option::send_buffer(0)));
  EXPECT_GE(s.get<option::send_buffer>()->bytes(), 4096U);
  ASSERT_TRUE(s.set(option::receive_buffer(1'000'000'000)));
  const std::size_t allowed = s.get<option::receive_buffer>()->bytes();
  EXPECT_LT(allowed, 2'000'000'000U);
  ASSERT_TRUE(s.set(option::receive_buffer(1'000'000'001)));
  EXPECT_EQ(s.get<option::receive_buffer>()->bytes(), allowed);
}

TEST(Options, CountWhatTheKernelDroppedForWantOfRoom) {
  auto [sender, receiver] = udp_socket::pair().value();
  ASSERT_TRUE(receiver.set(option::receive_buffer(0)));
  EXPECT_EQ(receiver.get<option::dropped>()->count(), 0U);
  constexpr std::uint32_t sent = 100;
  const std::vector<char> content(1000);
  for (std::uint32_t i = 0; i < sent; ++i) ASSERT_TRUE(sender.send(content).wait());
  std::vector<char> into(2000);
  std::uint32_t received = 0;
  // Delivering may be left to a thread of the kernel's.
  for (const auto until = clock::now() + soon; clock::now() < until;) {
    while (receiver.recv(into).now()) ++received;
    if (received + receiver.get<option::dropped>()->count() == sent) break;
  }
  EXPECT_GT(received, 0U);
  EXPECT_LT(received, sent);
  EXPECT_EQ(receiver.get<option::dropped>()->count(), sent - received);
  EXPECT_EQ(sender.get<option::dropped>()->count(), 0U);
}

TEST(Options, TellWhatThePeerHasNotTakenYet) {
  const auto hold_and_release = [](auto pair) {
    auto& [sender, receiver] = pair;
    EXPECT_EQ(sender.template get<option::send_queue>()->bytes(), 0U);
    const std::vector<char> content(65536);
    while (sender.send_some(content).now()) {
    }
    EXPECT_GT(sender.template get<option::send_queue>()->bytes(), 0U);
    EXPECT_EQ(receiver.template get<option::send_queue>()->bytes(), 0U);
    EXPECT_TRUE(sender.shutdown().wait());
    std::vector<char> into(1U << 20U);
    for (;;) {
      const auto n = receiver.recv(into).wait();
      if (!n || *n == 0) break;
    }
    // Acknowledgements travel by themselves: the receiver's own end confirms everything at the latest.
    EXPECT_TRUE(receiver.shutdown().wait());
    EXPECT_EQ(sender.recv(into).wait(), 0U);
    EXPECT_EQ(sender.template get<option::send_queue>()->bytes(), 0U);
  };
  hold_and_release(tcp_stream::pair().value());
  hold_and_release(unix_stream::pair().value());
  tcp_stream closed;
  EXPECT_FALSE(closed.get<option::send_queue>());
}

// The kernel goes on counting what a connection that was reset can no longer send.
TEST(Options, TellNothingOfAQueueWhoseConnectionWasReset) {
  auto [sender, receiver] = tcp_stream::pair().value();
  const std::vector<char> content(65536);
  while (sender.send_some(content).now()) {
  }
  ASSERT_TRUE(receiver.set(option::linger(0s)));
  ASSERT_TRUE(receiver.close());
  while (sender.send_some(content).within(5s).wait()) {  // until the reset is here
  }
  const auto left = sender.get<option::send_queue>();
  ASSERT_FALSE(left);
  EXPECT_EQ(left.error(), errc::not_connected);
}

// Of a Unix socket nothing is counted then, and the error that waits must still be there for the next
// receive.
TEST(Options, TellThatWhatWasSentToAUnixSocketWasLost) {
  for (const bool reads : {true, false}) {
    auto [sender, receiver] = unix_stream::pair().value();
    ASSERT_TRUE(sender.send("content").wait());
    std::array<char, 7> into{};
    if (reads) {
      ASSERT_TRUE(receiver.recv_exactly(into).wait());
    }
    ASSERT_TRUE(receiver.close());
    for (int i = 0; i < 2; ++i) {
      const auto left = sender.get<option::send_queue>();
      EXPECT_EQ(left.has_value(), reads);
      if (!left) {
        EXPECT_EQ(left.error(), errc::not_connected);
      }
    }
    const auto end = sender.recv(into).wait();
    EXPECT_EQ(end.has_value(), reads);
  }
}

TEST(Options, ThatAKindOfSocketDoesNotHaveAreRefusedInWords) {
  udp_socket udp = udp_socket::open(family::ipv4).value();
  const auto only_tcp = [](const std::string& name, const std::string& what) {
    return "set option " + name + " of a " + what + " socket: only TCP sockets have it";
  };
  EXPECT_EQ(said(udp.set(option::no_delay())), only_tcp("no_delay", "udp"));
  EXPECT_EQ(said(udp.set(option::quick_ack())), only_tcp("quick_ack", "udp"));
  EXPECT_EQ(said(udp.set(option::cork())), only_tcp("cork", "udp"));
  EXPECT_EQ(said(udp.set(option::not_sent_low_water(1))), only_tcp("not_sent_low_water", "udp"));
  EXPECT_EQ(said(udp.set(option::user_timeout(1s))), only_tcp("user_timeout", "udp"));
  EXPECT_EQ(said(udp.set(option::fast_open(1))), only_tcp("fast_open", "udp"));
  EXPECT_EQ(said(udp.set(option::fast_open_connect())), only_tcp("fast_open_connect", "udp"));
  EXPECT_EQ(said(udp.set(option::keepalive())), only_tcp("keepalive", "udp"));
  EXPECT_EQ(said(udp.set(option::linger::off())), only_tcp("linger", "udp"));
  EXPECT_EQ(said(udp.set(option::congestion_control("reno"))), only_tcp("congestion_control", "udp"));
  EXPECT_EQ(udp.set(option::no_delay()).error(), errc::no_protocol_option);
  EXPECT_EQ(said(udp.get<option::no_delay>()),
            "get option no_delay of a udp socket: only TCP sockets have it");

  tcp_socket tcp = tcp_socket::open(family::ipv6).value();
  const auto only_udp = [](const std::string& name) {
    return "set option " + name + " of a tcp socket: only UDP sockets have it";
  };
  EXPECT_EQ(said(tcp.set(option::broadcast())), only_udp("broadcast"));
  EXPECT_EQ(said(tcp.set(option::multicast_hops(1))), only_udp("multicast_hops"));
  EXPECT_EQ(said(tcp.set(option::multicast_loop())), only_udp("multicast_loop"));
  EXPECT_EQ(said(tcp.set(option::multicast_interface("lo"))), only_udp("multicast_interface"));
  EXPECT_EQ(said(tcp.set(option::join_group(ipv4_address(239, 1, 2, 3)))), only_udp("join_group"));
  EXPECT_EQ(said(tcp.set(option::leave_group(ipv4_address(239, 1, 2, 3)))), only_udp("leave_group"));

  tcp_socket tcp4 = tcp_socket::open(family::ipv4).value();
  EXPECT_EQ(said(tcp4.set(option::v6_only())),
            "set option v6_only of a tcp socket: only IPv6 sockets have it");
}

TEST(Options, ThatAreForIpAreRefusedByUnixSockets) {
  on_unix([](basic_socket& s) {
    EXPECT_EQ(code(s.set(option::no_delay())), errc::no_protocol_option);
    EXPECT_EQ(code(s.set(option::reuse_address())), errc::no_protocol_option);
    EXPECT_EQ(code(s.set(option::reuse_port())), errc::no_protocol_option);
    EXPECT_EQ(code(s.set(option::hop_limit(1))), errc::no_protocol_option);
    EXPECT_EQ(code(s.set(option::dscp(1))), errc::no_protocol_option);
    EXPECT_EQ(code(s.set(option::v6_only())), errc::no_protocol_option);
    EXPECT_EQ(code(s.set(option::broadcast())), errc::no_protocol_option);
    EXPECT_EQ(code(s.set(option::bind_to_device("lo"))), errc::no_protocol_option);
  });
  unix_datagram_socket s = unix_datagram_socket::open().value();
  EXPECT_EQ(said(s.set(option::hop_limit(1))),
            "set option hop_limit of unix-dgram:(unnamed): only TCP and UDP sockets have it");
}

TEST(Options, WithValuesOutOfRangeAreRefusedInWords) {
  udp_socket s = udp_socket::open(family::ipv4).value();
  EXPECT_EQ(said(s.set(option::hop_limit(0))),
            "set option hop_limit of a udp socket: it must be 1 to 255, not 0");
  EXPECT_EQ(said(s.set(option::hop_limit(256))),
            "set option hop_limit of a udp socket: it must be 1 to 255, not 256");
  EXPECT_EQ(said(s.set(option::multicast_hops(-1))),
            "set option multicast_hops of a udp socket: it must be 0 to 255, not -1");
  EXPECT_EQ(said(s.set(option::dscp(64))), "set option dscp of a udp socket: it must be 0 to 63, not 64");
  EXPECT_EQ(said(s.set(option::dscp(-1))), "set option dscp of a udp socket: it must be 0 to 63, not -1");
  EXPECT_EQ(said(s.set(option::receive_buffer(3'000'000'000))),
            "set option receive_buffer of a udp socket: it must be 0 to 1073741823 bytes, not 3000000000");
  EXPECT_EQ(code(s.set(option::send_buffer(~std::size_t{0}))), errc::invalid_argument);
  tcp_socket tcp = tcp_socket::open(family::ipv4).value();
  EXPECT_EQ(said(tcp.set(option::user_timeout(-1ms))),
            "set option user_timeout of a tcp socket: it must be 0 to 2147483647 ms, not -1");
  EXPECT_EQ(said(tcp.set(option::linger(-1s))),
            "set option linger of a tcp socket: it must be 0 to 2147483647 s, not -1");
  EXPECT_EQ(said(tcp.set(option::fast_open(-1))),
            "set option fast_open of a tcp socket: it must be 0 to 65535, not -1");
  EXPECT_EQ(said(tcp.set(option::congestion_control("warp"))),
            "set option congestion_control of a tcp socket: there is no 'warp' here; "
            "see net.ipv4.tcp_available_congestion_control");
  EXPECT_EQ(code(tcp.set(option::congestion_control(""))), errc::no_such_file_or_directory);
  EXPECT_EQ(code(tcp.set(option::congestion_control(std::string(100, 'x')))),
            errc::no_such_file_or_directory);
}

TEST(Options, ThatCameTooLateAreRefusedInWords) {
  udp_socket udp = udp_socket::bind({ipv6_address::loopback(), port(0)}).value();
  EXPECT_EQ(
      said(udp.set(option::v6_only())),
      "set option v6_only of udp://" + udp.local_endpoint()->to_string() + ": it must be set before binding");
  auto [a, b] = tcp_stream::pair().value();
  EXPECT_EQ(said(a.set(option::fast_open(5))),
            "set option fast_open of tcp://" + b.local_endpoint()->to_string() +
                ": only a socket that listens, or has no peer yet, can be told");
}

TEST(Options, OfAClosedSocketAreABadDescriptor) {
  tcp_socket never_opened;
  EXPECT_EQ(said(never_opened.set(option::no_delay())), "set option no_delay: bad file descriptor");
  EXPECT_EQ(said(never_opened.get<option::no_delay>()), "get option no_delay: bad file descriptor");
  EXPECT_EQ(code(never_opened.set(option::keepalive::off())), errc::bad_file_descriptor);
  EXPECT_EQ(code(never_opened.get<option::linger>()), errc::bad_file_descriptor);
  udp_socket closed = udp_socket::open(family::ipv4).value();
  ASSERT_TRUE(closed.close());
  EXPECT_EQ(said(closed.set(option::hop_limit(3))), "set option hop_limit: bad file descriptor");
  EXPECT_EQ(code(closed.get<option::dscp>()), errc::bad_file_descriptor);
  EXPECT_EQ(code(closed.set(option::join_group(ipv4_address(239, 1, 2, 3)))), errc::bad_file_descriptor);
}

TEST(Options, OfADualStackSocketAreSetForBothFamilies) {
  udp_socket s = udp_socket::open(family::ipv6).value();
  ASSERT_TRUE(s.set(option::hop_limit(7)));
  ASSERT_TRUE(s.set(option::dscp::expedited_forwarding()));
  ASSERT_TRUE(s.set(option::multicast_hops(9)));
  ASSERT_TRUE(s.set(option::multicast_loop(false)));
  EXPECT_EQ(raw(s, IPPROTO_IP, IP_TTL), 7);
  EXPECT_EQ(raw(s, IPPROTO_IP, IP_TOS), 46 << 2);
  EXPECT_EQ(raw(s, IPPROTO_IP, IP_MULTICAST_TTL), 9);
  EXPECT_EQ(raw(s, IPPROTO_IP, IP_MULTICAST_LOOP), 0);
  EXPECT_EQ(raw(s, IPPROTO_IPV6, IPV6_UNICAST_HOPS), 7);
  EXPECT_EQ(raw(s, IPPROTO_IPV6, IPV6_TCLASS), 46 << 2);
}

TEST(Options, DscpLeavesTheBitsOfEcnAlone) {
  udp_socket s = udp_socket::open(family::ipv4).value();
  const int ect0 = 2;
  ASSERT_EQ(::setsockopt(s.native_handle(), IPPROTO_IP, IP_TOS, &ect0, sizeof ect0), 0);
  ASSERT_TRUE(s.set(option::dscp::lower_effort()));
  EXPECT_EQ(raw(s, IPPROTO_IP, IP_TOS), 1 << 2 | ect0);
  EXPECT_EQ(s.get<option::dscp>().value(), option::dscp::lower_effort());
}

TEST(Options, DscpHasTheNamesOfTheRfcs) {
  EXPECT_EQ(option::dscp::best_effort().value(), 0b000000);
  EXPECT_EQ(option::dscp::lower_effort().value(), 0b000001);
  EXPECT_EQ(option::dscp::expedited_forwarding().value(), 0b101110);
  EXPECT_EQ(option::dscp::voice_admit().value(), 0b101100);
  EXPECT_EQ(option::dscp::class_selector(7).value(), 0b111000);
  EXPECT_EQ(option::dscp::assured_forwarding(1, 1).value(), 0b001010);
  EXPECT_EQ(option::dscp::assured_forwarding(4, 3).value(), 0b100110);
}

TEST(Options, OfAListenerAreInheritedByItsConnections) {
  for (const ip_address here : {ip_address(ipv4_address::loopback()), ip_address(ipv6_address::loopback())}) {
    SCOPED_TRACE(here.to_string());
    tcp_listener l = tcp_listener::listen({here, port(0)}, option::no_delay(), option::hop_limit(33),
                                          option::keepalive{.idle = 77s}, option::user_timeout(12s),
                                          option::dscp::class_selector(3))
                         .value();
    const tcp_stream client = tcp_stream::connect(l.local_endpoint()->ip()).wait().value();
    const tcp_stream served = l.accept().wait().value();
    EXPECT_TRUE(served.get<option::no_delay>()->on());
    EXPECT_EQ(served.get<option::hop_limit>()->value(), 33);
    EXPECT_EQ(served.get<option::keepalive>()->idle, 77s);
    EXPECT_EQ(served.get<option::user_timeout>()->time(), 12s);
    EXPECT_EQ(served.get<option::dscp>().value(), option::dscp::class_selector(3));
    EXPECT_FALSE(client.get<option::no_delay>()->on());
  }
}

TEST(Options, TheFirstThatFailsKeepsAListenerFromBeing) {
  const auto l = tcp_listener::listen({ipv4_address::loopback(), port(0)}, option::no_delay(),
                                      option::hop_limit(0), option::v6_only());
  EXPECT_EQ(said(l), "set option hop_limit of a tcp socket: it must be 1 to 255, not 0");
  const auto u =
      udp_socket::bind({ipv4_address::loopback(), port(0)}, option::v6_only(), option::hop_limit(0));
  EXPECT_EQ(said(u), "set option v6_only of a udp socket: only IPv6 sockets have it");
}

TEST(Options, SpeakOfTheAddressOnceThereIsOne) {
  unix_datagram_socket s =
      unix_datagram_socket::bind(
          unix_address::abstract("fairlead-option-" + std::to_string(::getpid())).value())
          .value();
  EXPECT_EQ(said(s.set(option::cork())), "set option cork of unix-dgram:@fairlead-option-" +
                                             std::to_string(::getpid()) + ": only TCP sockets have it");
  udp_socket u = udp_socket::open(family::ipv4).value();
  EXPECT_EQ(said(u.set(option::cork())), "set option cork of a udp socket: only TCP sockets have it");
  const udp_socket peer = udp_socket::bind({ipv4_address::loopback(), port(0)}).value();
  ASSERT_TRUE(u.connect(*peer.local_endpoint()));
  EXPECT_EQ(said(u.set(option::cork())),
            "set option cork of udp://" + peer.local_endpoint()->to_string() + ": only TCP sockets have it");
}

TEST(NetworkInterface, IsAnIndexOrAName) {
  const network_interface lo("lo");
  EXPECT_EQ(lo.index().value(), network_interface(lo.index().value()).index().value());
  EXPECT_EQ(network_interface(lo.index().value()).name().value(), "lo");
  EXPECT_TRUE(network_interface().is_unspecified());
  EXPECT_EQ(network_interface().index().value(), 0U);
  EXPECT_EQ(network_interface().name().value(), "");
  EXPECT_EQ(said(network_interface("nothing-here").index()), "no network interface is called 'nothing-here'");
  EXPECT_EQ(said(network_interface(0x7fffffff).name()), "no network interface has the index 2147483647");
}

TEST(NetworkInterface, ThatDoesNotExistIsTheOptionsError) {
  udp_socket s = udp_socket::open(family::ipv4).value();
  EXPECT_EQ(said(s.set(option::bind_to_device("wlan99"))),
            "set option bind_to_device of a udp socket: no network interface is called 'wlan99'");
  EXPECT_EQ(s.set(option::bind_to_device("wlan99")).error(), fault::unknown_name);
  // The kernel would cut this to 15 bytes, which might be another interface's name.
  EXPECT_EQ(s.set(option::bind_to_device("lo-and-a-long-name-behind")).error(), fault::unknown_name);
  EXPECT_EQ(s.set(option::bind_to_device(std::string("lo\0x", 4))).error(), fault::unknown_name);
  EXPECT_EQ(said(s.set(option::multicast_interface(network_interface(0x7fffffff)))),
            "set option multicast_interface of a udp socket: no network interface has the index 2147483647");
}

}  // namespace
}  // namespace fairlead::testing
