// SPDX-License-Identifier: MIT
#include <fairlead/tcp.hpp>

#include <numeric>

#include <gtest/gtest.h>

#include <fairlead/options.hpp>

#include "net/sockets.hpp"
#include "net/ways.hpp"
#include "support/black_hole.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;

class Tcp : public every_way {
 protected:
  struct connection {
    tcp_stream client;
    tcp_stream server;
  };
  connection connect(const ip_address& here) {
    tcp_listener l = listen_on(here);
    tcp_stream client = finish([&] { return tcp_stream::connect(address_of(l)); }).value();
    tcp_stream server = finish([&] { return l.accept(); }).value();
    return {std::move(client), std::move(server)};
  }
};
FAIRLEAD_IN_EVERY_WAY(Tcp);

TEST_P(Tcp, CarriesBytesBothWays) {
  for (const ip_address& here : loopbacks) {
    auto [client, server] = connect(here);
    std::array<char, 64> in{};
    ASSERT_EQ(finish([&] { return client.send("from the client"); }).value(), 15U);
    EXPECT_EQ(text(in, finish([&] { return server.recv(in); }).value()), "from the client");
    ASSERT_EQ(finish([&] { return server.send_some(std::string_view("and back")); }).value(), 8U);
    EXPECT_EQ(text(in, finish([&] { return client.recv(in); }).value()), "and back");
  }
}

TEST_P(Tcp, BothEndsKnowEachOther) {
  for (const ip_address& here : loopbacks) {
    tcp_listener l = listen_on(here);
    EXPECT_FALSE(address_of(l).port().is_any());
    const tcp_stream client = finish([&] { return tcp_stream::connect(address_of(l)); }).value();
    const tcp_stream server = finish([&] { return l.accept(); }).value();
    EXPECT_EQ(client.peer_endpoint().value(), l.local_endpoint().value());
    EXPECT_EQ(server.local_endpoint().value(), l.local_endpoint().value());
    EXPECT_EQ(server.peer_endpoint().value(), client.local_endpoint().value());
  }
}

TEST_P(Tcp, GathersAndScattersPiecesAmongThemEmptyOnes) {
  for (const ip_address& here : loopbacks) {
    auto [client, server] = connect(here);
    const const_buffer out[] = {"", "one", "", "two", "three", ""};
    ASSERT_EQ(finish([&] { return client.send(const_buffers(out)); }).value(), 11U);
    std::array<char, 2> a{};
    std::array<char, 64> b{};
    const mutable_buffer in[] = {mutable_buffer(a.data(), 0), a, mutable_buffer(b.data(), 0), b};
    ASSERT_EQ(finish([&] { return server.recv(mutable_buffers(in)); }).value(), 11U);
    EXPECT_EQ(std::string_view(a.data(), 2), "on");
    EXPECT_EQ(text(b, 9), "etwothree");
    ASSERT_EQ(finish([&] { return client.send_some(const_buffers(out)); }).value(), 11U);
    EXPECT_EQ(finish([&] { return server.recv_exactly(std::span(b).first(11)); }).value(), 11U);
    EXPECT_EQ(text(b, 11), "onetwothree");
  }
}

TEST_P(Tcp, SendingNothingIsDoneAtOnce) {
  auto [client, server] = connect(loopbacks[0]);
  const const_buffer empty_pieces[] = {"", ""};
  EXPECT_EQ(finish([&] { return client.send(""); }).value(), 0U);
  EXPECT_EQ(finish([&] { return client.send_some(""); }).value(), 0U);
  EXPECT_EQ(finish([&] { return client.send(const_buffers(empty_pieces)); }).value(), 0U);
  EXPECT_EQ(finish([&] { return client.send(const_buffers()); }).value(), 0U);
  ASSERT_TRUE(finish([&] { return client.send("x"); }));
  std::array<char, 64> in{};
  EXPECT_EQ(finish([&] { return server.recv(in); }).value(), 1U);
}

TEST_P(Tcp, SendMovesEverythingAndSendSomeWhatFits) {
  std::vector<unsigned char> payload(8U << 20U);
  std::iota(payload.begin(), payload.end(), static_cast<unsigned char>(3));
  for (const bool gathered : {false, true}) {
    auto [client, server] = connect(loopbacks[1]);
    const std::size_t some = finish([&] { return client.send_some(payload); }).value();
    EXPECT_GT(some, 0U);
    EXPECT_LT(some, payload.size());
    std::vector<unsigned char> received(some + payload.size());
    result<std::size_t> got = 0;
    std::thread reader([&, &to = server] { got = to.recv_exactly(received).within(soon).wait(); });
    const const_buffer pieces[] = {std::span(payload).first(1'000'001), "",
                                   std::span(payload).subspan(1'000'001)};
    const auto sent = gathered ? finish([&, &from = client] { return from.send(const_buffers(pieces)); })
                               : finish([&, &from = client] { return from.send(payload); });
    reader.join();
    EXPECT_EQ(sent.value(), payload.size());
    ASSERT_EQ(got.value(), received.size());
    EXPECT_TRUE(
        std::equal(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(some), received.begin()));
    EXPECT_TRUE(
        std::equal(payload.begin(), payload.end(), received.begin() + static_cast<std::ptrdiff_t>(some)));
  }
}

TEST_P(Tcp, RecvExactlySaysHowMuchHadComeWhenThePeerFinishes) {
  auto [client, server] = connect(loopbacks[0]);
  ASSERT_TRUE(finish([&] { return client.send("seven b"); }));
  ASSERT_TRUE(finish([&] { return client.shutdown(); }));
  std::array<char, 64> in{};
  const auto r = finish([&] { return server.recv_exactly(in); });
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error(), fault::end_of_stream);
  EXPECT_EQ(r.error().transferred(), 7U);
  EXPECT_EQ(said(r), "recv tcp://" + client.local_endpoint()->to_string() +
                         ": the peer finished before everything had arrived");
}

TEST_P(Tcp, ShutsDownItsSendingHalfAndGoesOnReceiving) {
  auto [client, server] = connect(loopbacks[1]);
  std::array<char, 64> in{};
  ASSERT_TRUE(finish([&] { return client.shutdown(); }));
  EXPECT_EQ(finish([&] { return server.recv(in); }).value(), 0U);
  EXPECT_EQ(finish([&] { return server.recv(in); }).value(), 0U);
  ASSERT_TRUE(finish([&] { return server.send("still here"); }));
  EXPECT_EQ(text(in, finish([&] { return client.recv(in); }).value()), "still here");
  const auto refused = finish([&] { return client.send("too late"); });
  EXPECT_EQ(said(refused), "send tcp://" + server.local_endpoint()->to_string() + ": broken pipe");
}

TEST_P(Tcp, ShutsDownItsReceivingHalfAndGoesOnSending) {
  auto [client, server] = connect(loopbacks[0]);
  std::array<char, 64> in{};
  ASSERT_TRUE(finish([&] { return client.shutdown(half::receiving); }));
  EXPECT_EQ(finish([&] { return client.recv(in); }).value(), 0U);
  ASSERT_TRUE(finish([&] { return client.send("this way only"); }));
  EXPECT_EQ(text(in, finish([&] { return server.recv(in); }).value()), "this way only");
}

TEST_P(Tcp, ShutsDownBothHalves) {
  auto [client, server] = connect(loopbacks[0]);
  std::array<char, 64> in{};
  ASSERT_TRUE(finish([&] { return client.shutdown(half::both); }));
  EXPECT_EQ(finish([&] { return client.recv(in); }).value(), 0U);
  EXPECT_EQ(code(finish([&] { return client.send("x"); })), errc::broken_pipe);
  EXPECT_EQ(finish([&] { return server.recv(in); }).value(), 0U);
}

TEST_P(Tcp, AResetEndsReceivingWithAnErrorAndThePeerIsStillKnown) {
  for (const ip_address& here : loopbacks) {
    auto [client, server] = connect(here);
    const endpoint peer = client.local_endpoint().value();
    ASSERT_TRUE(client.set(option::linger::reset()));
    ASSERT_TRUE(client.close());
    std::array<char, 64> in{};
    const auto r = finish([&] { return server.recv(in); });
    EXPECT_EQ(said(r), "recv tcp://" + peer.to_string() + ": connection reset by peer");
    EXPECT_EQ(server.peer_endpoint().value(), peer);
    EXPECT_EQ(said(finish([&] { return server.send("x"); })),
              "send tcp://" + peer.to_string() + ": broken pipe");
  }
}

TEST_P(Tcp, AConnectionThatIsRefusedSaysWhereAndWhy) {
  for (const ip_address& here : loopbacks) {
    const silent_port nobody(here);
    const auto r = finish([&] { return tcp_stream::connect(nobody.address()); });
    EXPECT_EQ(said(r), "connect tcp://" + nobody.address().to_string() + ": connection refused");
    EXPECT_EQ(code(r), errc::connection_refused);
  }
}

TEST_P(Tcp, ConnectsFromAnAddressOfOnesChoice) {
  for (const ip_address& here : loopbacks) {
    tcp_listener l = listen_on(here);
    tcp_socket s = tcp_socket::open(here.family()).value();
    ASSERT_TRUE(s.set(option::no_delay()));
    ASSERT_TRUE(s.bind(any_port(here)));
    const ip_endpoint chosen = address_of(s);
    const tcp_stream client = finish([&] { return s.connect(address_of(l)); }).value();
    EXPECT_FALSE(s.is_open());
    EXPECT_EQ(address_of(client), chosen);
    EXPECT_TRUE(client.get<option::no_delay>()->on());
    EXPECT_EQ(finish([&] { return l.accept(); })->peer_endpoint().value(), endpoint(chosen));
  }
}

TEST_P(Tcp, ARefusedSocketCanConnectElsewhereAndSpeaksOfItsNewPeer) {
  const silent_port nobody(loopbacks[0]);
  tcp_listener l = listen_on(loopbacks[0]);
  tcp_socket s = tcp_socket::open(family::ipv4).value();
  EXPECT_EQ(code(finish([&] { return s.connect(nobody.address()); })), errc::connection_refused);
  ASSERT_TRUE(s.is_open());
  EXPECT_EQ(said(s.peer_endpoint()).substr(0, 21), "peer_endpoint of tcp:");
  tcp_stream client = finish([&] { return s.connect(address_of(l)); }).value();
  ASSERT_TRUE(client.shutdown().wait());
  EXPECT_EQ(said(finish([&] { return client.send("x"); })),
            "send tcp://" + address_of(l).to_string() + ": broken pipe");
}

TEST_P(Tcp, AConnectThatTakesTooLongTimesOut) {
  if (GetParam() == way::now) return;  // finish() would ask for ever
  const black_hole l(any_port(loopbacks[0]));
  const auto r = finish([&] { return tcp_stream::connect(l.where()).within(20ms); });
  EXPECT_EQ(said(r), "connect tcp://" + l.where().to_string() + ": timed out");
}

TEST_P(Tcp, AnAttemptUnderWayIsForOnePeerOnly) {
  const black_hole l(any_port(loopbacks[1]));
  tcp_listener other = listen_on(loopbacks[1]);
  tcp_socket s = tcp_socket::open(family::ipv6).value();
  EXPECT_EQ(said(s.connect(l.where()).now()), "connect: would block");
  const auto elsewhere = finish([&] { return s.connect(address_of(other)); });
  EXPECT_EQ(said(elsewhere),
            "connect tcp://" + address_of(other).to_string() + ": operation already in progress");
  EXPECT_EQ(said(s.connect(l.where()).now()), "connect: would block");
  EXPECT_EQ(code(s.peer_endpoint()), errc::not_connected);
}

TEST_P(Tcp, AMultipathConnectionCarriesBytes) {
  const auto probe = tcp_socket::open_multipath(family::ipv4);
  if (!probe) GTEST_SKIP() << said(probe);
  for (const ip_address& here : loopbacks) {
    tcp_socket s = tcp_socket::open_multipath(here.family()).value();
    ASSERT_TRUE(s.bind(any_port(here)));
    tcp_listener l = std::move(s).listen().value();
    tcp_socket c = tcp_socket::open_multipath(here.family()).value();
    ASSERT_TRUE(c.set(option::no_delay()));
    tcp_stream client = finish([&] { return c.connect(address_of(l)); }).value();
    tcp_stream server = finish([&] { return l.accept(); }).value();
    std::array<char, 64> in{};
    ASSERT_TRUE(finish([&] { return client.send("several paths"); }));
    EXPECT_EQ(text(in, finish([&] { return server.recv(in); }).value()), "several paths");
    // The peer may as well speak plain TCP.
    ASSERT_TRUE(finish([&] { return tcp_stream::connect(address_of(l)); }));
    ASSERT_TRUE(finish([&] { return l.accept(); }));
  }
}

TEST_P(Tcp, AServerOnAllAddressesServesIpv4Too) {
  tcp_listener l = tcp_listener::listen({ipv6_address::any(), port(0)}, option::v6_only(false)).value();
  const ip_endpoint v4(ipv4_address::loopback(), address_of(l).port());
  const tcp_stream client = finish([&] { return tcp_stream::connect(v4); }).value();
  const tcp_stream server = finish([&] { return l.accept(); }).value();
  const ip_endpoint shown = server.peer_endpoint()->ip();
  EXPECT_EQ(shown.address(), ip_address(ipv6_address::v4_mapped(ipv4_address::loopback())));
  EXPECT_EQ(shown.address().unmapped(), ip_address(ipv4_address::loopback()));
  EXPECT_EQ(shown.port(), address_of(client).port());
  const ip_endpoint v6(ipv6_address::loopback(), address_of(l).port());
  ASSERT_TRUE(finish([&] { return tcp_stream::connect(v6); }));
  EXPECT_EQ(finish([&] { return l.accept(); })->peer_endpoint()->ip().address(), loopbacks[1]);
}

TEST_P(Tcp, AServerThatIsForIpv6OnlyRefusesIpv4) {
  tcp_listener l;
  tcp_socket holder;  // of the same port for IPv4: nobody else may answer there
  ip_endpoint v4;
  do {
    l = tcp_listener::listen({ipv6_address::any(), port(0)}, option::v6_only()).value();
    v4 = ip_endpoint(ipv4_address::loopback(), address_of(l).port());
    holder = tcp_socket::open(family::ipv4).value();
    ASSERT_TRUE(holder.set(option::reuse_address()));
  } while (!holder.bind(v4));
  EXPECT_EQ(said(finish([&] { return tcp_stream::connect(v4); })),
            "connect tcp://" + v4.to_string() + ": connection refused");
  const ip_endpoint v6(ipv6_address::loopback(), address_of(l).port());
  EXPECT_TRUE(finish([&] { return tcp_stream::connect(v6); }));
}

TEST(TcpSocket, AnAttemptIsTakenUpWhereItsOperationLeftIt) {
  black_hole l(any_port(loopbacks[0]));
  tcp_socket s = tcp_socket::open(family::ipv4).value();
  ASSERT_FALSE(s.connect(l.where()).within(1ms).wait());
  l.make_room();  // the kernel asks again after a second
  const auto r = s.connect(l.where()).wait();
  ASSERT_TRUE(r) << said(r);
  EXPECT_EQ(r->peer_endpoint().value(), endpoint(l.where()));
}

TEST(TcpSocket, AnAddressInUseSaysSo) {
  for (const ip_address& here : loopbacks) {
    const tcp_listener l = listen_on(here);
    const auto r = tcp_listener::listen(address_of(l));
    EXPECT_EQ(said(r), "bind tcp://" + address_of(l).to_string() + ": address already in use");
    EXPECT_EQ(code(r), errc::address_in_use);
  }
}

TEST(TcpSocket, AnAddressOfSomebodyElseSaysSo) {
  EXPECT_EQ(said(tcp_listener::listen({ipv4_address(203, 0, 113, 9), port(0)})),
            "bind tcp://203.0.113.9:0: cannot assign requested address");
  EXPECT_EQ(said(tcp_listener::listen({ipv6_address::parse("2001:db8::9").value(), port(0)})),
            "bind tcp://[2001:db8::9]:0: cannot assign requested address");
}

TEST(TcpSocket, AFamilyWithoutTcpSaysSo) {
  EXPECT_EQ(said(tcp_socket::open(family::unix_domain)),
            "open tcp: address family not supported by protocol");
  EXPECT_EQ(code(tcp_socket::open(family::unspecified)), errc::address_family_not_supported);
  EXPECT_EQ(code(tcp_socket::open_multipath(family::unix_domain)), errc::address_family_not_supported);
}

TEST(TcpSocket, ThatIsClosedOrWasMovedFromIsABadDescriptorInEveryOperation) {
  const auto expect_closed = [](tcp_stream& s, tcp_listener& l, tcp_socket& t) {
    std::array<char, 64> in{};
    EXPECT_FALSE(s.is_open());
    EXPECT_EQ(s.native_handle(), -1);
    EXPECT_EQ(said(s.recv(in).wait()), "recv: bad file descriptor");
    EXPECT_EQ(said(s.recv(in).now()), "recv: bad file descriptor");
    EXPECT_EQ(said(s.recv_exactly(in).wait()), "recv: bad file descriptor");
    EXPECT_EQ(said(s.send("x").wait()), "send: bad file descriptor");
    EXPECT_EQ(said(s.send_some("x").now()), "send: bad file descriptor");
    EXPECT_EQ(said(s.shutdown().now()), "shutdown: bad file descriptor");
    EXPECT_EQ(said(s.readable().now()), "wait: bad file descriptor");
    EXPECT_EQ(said(s.close()), "close: bad file descriptor");
    EXPECT_EQ(said(s.release()), "release: bad file descriptor");
    EXPECT_EQ(said(s.local_endpoint()), "local_endpoint: bad file descriptor");
    EXPECT_EQ(said(s.peer_endpoint()), "peer_endpoint: bad file descriptor");
    EXPECT_EQ(said(l.accept().wait()), "accept: bad file descriptor");
    const ip_endpoint somewhere(ipv4_address::loopback(), port(9));
    EXPECT_EQ(said(t.connect(somewhere).wait()), "connect tcp://127.0.0.1:9: bad file descriptor");
    EXPECT_EQ(said(t.bind(somewhere)), "bind tcp://127.0.0.1:9: bad file descriptor");
    EXPECT_EQ(said(std::move(t).listen()), "listen: bad file descriptor");
  };
  tcp_stream never_s;
  tcp_listener never_l;
  tcp_socket never_t;
  expect_closed(never_s, never_l, never_t);

  auto moved_s = tcp_stream::pair().value().first;
  tcp_listener moved_l = listen_on(loopbacks[0]);
  tcp_socket moved_t = tcp_socket::open(family::ipv4).value();
  const tcp_stream s(std::move(moved_s));
  const tcp_listener l(std::move(moved_l));
  const tcp_socket t(std::move(moved_t));
  expect_closed(moved_s, moved_l, moved_t);  // NOLINT: that is what is tested

  tcp_listener closed_l = listen_on(loopbacks[0]);
  tcp_socket closed_t = tcp_socket::open(family::ipv4).value();
  ASSERT_TRUE(closed_l.close());
  ASSERT_TRUE(closed_t.close());
  expect_closed(never_s, closed_l, closed_t);
}

TEST(TcpSocket, ThatIsClosedStillSaysWhomItTalkedTo) {
  auto [a, b] = tcp_stream::pair().value();
  const std::string peer = b.local_endpoint()->to_string();
  ASSERT_TRUE(a.close());
  std::array<char, 64> in{};
  EXPECT_EQ(said(a.recv(in).wait()), "recv tcp://" + peer + ": bad file descriptor");
  EXPECT_EQ(said(a.send("x").wait()), "send tcp://" + peer + ": bad file descriptor");
}

TEST(TcpSocket, WithoutAPeerSaysSo) {
  const tcp_listener l = listen_on(loopbacks[0]);
  EXPECT_EQ(said(l.peer_endpoint()),
            "peer_endpoint of tcp://" + address_of(l).to_string() + ": it is not connected");
  const tcp_socket s = tcp_socket::open(family::ipv6).value();
  EXPECT_EQ(said(s.peer_endpoint()), "peer_endpoint of a tcp socket: it is not connected");
  EXPECT_EQ(s.local_endpoint().value(), endpoint(ip_endpoint(ipv6_address::any(), port(0))));
}

TEST(TcpSocket, PairsAreConnectedToEachOther) {
  auto [a, b] = tcp_stream::pair().value();
  EXPECT_EQ(a.local_endpoint().value(), b.peer_endpoint().value());
  EXPECT_EQ(b.local_endpoint().value(), a.peer_endpoint().value());
}

TEST(TcpSocket, IsReadyWhenItSaysSo) {
  auto [a, b] = tcp_stream::pair().value();
  EXPECT_EQ(said(a.readable().now()), "wait: would block");
  EXPECT_TRUE(a.writable().now());
  ASSERT_TRUE(b.send("x").wait());
  EXPECT_TRUE(a.readable().wait());
  std::array<char, 64> in{};
  EXPECT_EQ(a.recv(in).now().value(), 1U);
  EXPECT_EQ(said(a.recv(in).now()), "recv: would block");
}

TEST_P(Tcp, SaysThatALinkLocalAddressNeedsItsInterface) {
  const auto r = finish([] { return tcp_stream::connect(ip_endpoint::parse("[fe80::1]:1").value()); });
  EXPECT_EQ(said(r),
            "connect tcp://[fe80::1]:1: a link-local address needs its interface, as in fe80::1%eth0");
}

}  // namespace
}  // namespace fairlead::testing
