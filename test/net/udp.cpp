// SPDX-License-Identifier: MIT
#include <fairlead/udp.hpp>

#include <gtest/gtest.h>

#include <fairlead/options.hpp>

#include "net/sockets.hpp"
#include "net/ways.hpp"

namespace fairlead::testing {
namespace {

class Udp : public every_way {
 protected:
  static udp_socket bound(const ip_address& here) { return udp_socket::bind(any_port(here)).value(); }
};
FAIRLEAD_IN_EVERY_WAY(Udp);

TEST_P(Udp, CarriesDatagramsAndSaysFromWhom) {
  for (const ip_address& here : loopbacks) {
    udp_socket a = bound(here);
    udp_socket b = bound(here);
    std::array<char, 64> in{};
    ASSERT_EQ(finish([&] { return a.send_to("to b", address_of(b)); }).value(), 4U);
    const datagram d = finish([&] { return b.recv_from(in); }).value();
    EXPECT_EQ(text(in, d.size), "to b");
    EXPECT_EQ(d.from, a.local_endpoint().value());
    ASSERT_EQ(finish([&] { return b.send_to("to a", d.from); }).value(), 4U);
    EXPECT_EQ(finish([&] { return a.recv_from(in); })->from, b.local_endpoint().value());
  }
}

TEST_P(Udp, KeepsDatagramsApartEvenThoseOfNoBytes) {
  for (const ip_address& here : loopbacks) {
    udp_socket a = bound(here);
    udp_socket b = bound(here);
    std::array<char, 64> in{};
    for (const std::string_view d : {"one", "", "three"}) {
      ASSERT_EQ(finish([&] { return a.send_to(d, address_of(b)); }).value(), d.size());
    }
    for (const std::string_view d : {"one", "", "three"}) {
      const datagram got = finish([&] { return b.recv_from(in); }).value();
      EXPECT_EQ(text(in, got.size), d);
      EXPECT_EQ(got.from, a.local_endpoint().value());
    }
  }
}

TEST_P(Udp, GathersAndScattersPiecesAmongThemEmptyOnes) {
  udp_socket a = bound(loopbacks[0]);
  udp_socket b = bound(loopbacks[0]);
  const const_buffer out[] = {"", "one", "", "two", "three"};
  ASSERT_EQ(finish([&] { return a.send_to(const_buffers(out), address_of(b)); }).value(), 11U);
  std::array<char, 2> first{};
  std::array<char, 64> second{};
  const mutable_buffer in[] = {first, mutable_buffer(second.data(), 0), second};
  EXPECT_EQ(finish([&] { return b.recv_from(mutable_buffers(in)); })->size, 11U);
  EXPECT_EQ(std::string_view(first.data(), 2), "on");
  EXPECT_EQ(text(second, 9), "etwothree");
}

TEST_P(Udp, ADatagramThatDoesNotFitIsAnErrorAndTheNextIsWhole) {
  for (const ip_address& here : loopbacks) {
    udp_socket a = bound(here);
    udp_socket b = bound(here);
    ASSERT_TRUE(b.connect(a.local_endpoint().value()));
    std::array<char, 4> in{};
    const mutable_buffer pieces[] = {std::span(in).first(1), std::span(in).subspan(1)};
    for (int i = 0; i < 4; ++i) {
      ASSERT_TRUE(finish([&] { return a.send_to("12345", address_of(b)); }));
      ASSERT_TRUE(finish([&] { return a.send_to("abcd", address_of(b)); }));
    }
    const std::string where = " udp://" + a.local_endpoint()->to_string() + ": message too long";
    EXPECT_EQ(said(finish([&] { return b.recv_from(in); })), "recv_from" + where);
    EXPECT_EQ(finish([&] { return b.recv_from(in); })->size, 4U);
    EXPECT_EQ(said(finish([&] { return b.recv(in); })), "recv" + where);
    EXPECT_EQ(finish([&] { return b.recv(in); }).value(), 4U);
    EXPECT_EQ(said(finish([&] { return b.recv_from(mutable_buffers(pieces)); })), "recv_from" + where);
    EXPECT_EQ(finish([&] { return b.recv_from(mutable_buffers(pieces)); })->size, 4U);
    EXPECT_EQ(code(finish([&] { return b.recv(mutable_buffers(pieces)); })), errc::message_size);
    EXPECT_EQ(finish([&] { return b.recv(mutable_buffers(pieces)); }).value(), 4U);
    EXPECT_EQ(std::string_view(in.data(), 4), "abcd");
  }
}

TEST_P(Udp, TheLargestDatagramArrivesAndALargerOneIsAnError) {
  const std::size_t largest[] = {65'507, 65'527};
  for (std::size_t i = 0; i < 2; ++i) {
    udp_socket a = bound(loopbacks[i]);
    udp_socket b = bound(loopbacks[i]);
    ASSERT_TRUE(a.set(option::send_buffer(200'000)));
    const std::vector<std::byte> payload(largest[i] + 1, std::byte{7});
    EXPECT_EQ(said(finish([&] { return a.send_to(payload, address_of(b)); })),
              "send_to udp://" + b.local_endpoint()->to_string() + ": message too long");
    ASSERT_TRUE(a.connect(b.local_endpoint().value()));
    EXPECT_EQ(code(finish([&] { return a.send(payload); })), errc::message_size);
    const std::span whole = std::span(payload).first(largest[i]);
    ASSERT_EQ(finish([&] { return a.send_to(whole, address_of(b)); }).value(), largest[i]);
    std::vector<std::byte> in(70'000);
    EXPECT_EQ(finish([&] { return b.recv_from(in); })->size, largest[i]);
  }
}

TEST_P(Udp, AConnectedSocketHearsItsPeerOnly) {
  for (const ip_address& here : loopbacks) {
    udp_socket a = bound(here);
    udp_socket b = bound(here);
    udp_socket stranger = bound(here);
    ASSERT_TRUE(a.connect(b.local_endpoint().value()));
    EXPECT_EQ(a.peer_endpoint().value(), b.local_endpoint().value());
    std::array<char, 64> in{};
    ASSERT_TRUE(finish([&] { return a.send("hello"); }));
    EXPECT_EQ(finish([&] { return b.recv_from(in); })->from, a.local_endpoint().value());
    ASSERT_TRUE(finish([&] { return stranger.send_to("listen to me", address_of(a)); }));
    ASSERT_TRUE(finish([&] { return b.send_to("hello yourself", address_of(a)); }));
    EXPECT_EQ(text(in, finish([&] { return a.recv(in); }).value()), "hello yourself");

    ASSERT_TRUE(a.disconnect());
    EXPECT_EQ(code(a.peer_endpoint()), errc::not_connected);
    EXPECT_EQ(code(finish([&] { return a.send("nowhere"); })), errc::destination_address_required);
    // Unbinding is part of disconnecting unless the address was chosen, and here it was.
    ASSERT_TRUE(finish([&] { return stranger.send_to("now", address_of(a)); }));
    EXPECT_EQ(finish([&] { return a.recv_from(in); })->from, stranger.local_endpoint().value());
  }
}

TEST_P(Udp, AConnectedSocketLearnsThatNobodyIsThere) {
  for (const ip_address& here : loopbacks) {
    // A port that is taken, by a socket that hears somebody else only.
    udp_socket deaf = bound(here);
    ASSERT_TRUE(deaf.connect(ip_endpoint(here, port(1))));
    udp_socket a = udp_socket::open(here.family()).value();
    ASSERT_TRUE(a.connect(deaf.local_endpoint().value()));
    ASSERT_TRUE(finish([&] { return a.send("anybody?"); }));
    std::array<char, 64> in{};
    EXPECT_EQ(said(finish([&] { return a.recv(in); })),
              "recv udp://" + deaf.local_endpoint()->to_string() + ": connection refused");
    // It was told once; the socket works as before.
    udp_socket b = bound(here);
    ASSERT_TRUE(a.connect(b.local_endpoint().value()));
    ASSERT_TRUE(finish([&] { return b.send_to("me", address_of(a)); }));
    EXPECT_EQ(text(in, finish([&] { return a.recv(in); }).value()), "me");
  }
}

TEST_P(Udp, ADualStackSocketTalksToBothFamilies) {
  udp_socket both = udp_socket::bind({ipv6_address::any(), port(0)}, option::v6_only(false)).value();
  udp_socket v4 = bound(loopbacks[0]);
  std::array<char, 64> in{};
  ASSERT_TRUE(finish([&] { return v4.send_to("hi", ip_endpoint(loopbacks[0], address_of(both).port())); }));
  const datagram d = finish([&] { return both.recv_from(in); }).value();
  EXPECT_EQ(d.from.ip().address(), ip_address(ipv6_address::v4_mapped(ipv4_address::loopback())));
  EXPECT_EQ(d.from.ip().address().unmapped(), loopbacks[0]);
  ASSERT_TRUE(finish([&] { return both.send_to("mapped", d.from); }));
  EXPECT_EQ(text(in, finish([&] { return v4.recv_from(in); })->size), "mapped");
  ASSERT_TRUE(finish([&] { return both.send_to("plain", address_of(v4)); }));
  EXPECT_EQ(text(in, finish([&] { return v4.recv_from(in); })->size), "plain");
}

TEST_P(Udp, ABadDestinationSaysSo) {
  udp_socket v4 = udp_socket::open(family::ipv4).value();
  const ip_endpoint v6(loopbacks[1], port(5));
  EXPECT_EQ(said(finish([&] { return v4.send_to("x", v6); })),
            "send_to udp://[::1]:5: address family not supported by protocol");
  EXPECT_EQ(said(finish([&] { return v4.send_to("x", endpoint()); })),
            "send_to udp://(unspecified): destination address required");
  EXPECT_EQ(said(finish([&] { return v4.send("x"); })),
            "send udp://" + v4.local_endpoint()->to_string() + ": destination address required");
  const ip_endpoint everybody(ipv4_address::broadcast(), port(5));
  EXPECT_EQ(said(finish([&] { return v4.send_to("x", everybody); })),
            "send_to udp://255.255.255.255:5: permission denied");
  EXPECT_EQ(said(v4.connect(v6)), "connect udp://[::1]:5: address family not supported by protocol");
}

TEST(UdpSocket, AnAddressInUseSaysSo) {
  for (const ip_address& here : loopbacks) {
    const udp_socket s = udp_socket::bind(any_port(here)).value();
    const auto r = udp_socket::bind(address_of(s));
    EXPECT_EQ(said(r), "bind udp://" + address_of(s).to_string() + ": address already in use");
  }
}

TEST(UdpSocket, AnAddressOfSomebodyElseSaysSo) {
  EXPECT_EQ(said(udp_socket::bind({ipv4_address(203, 0, 113, 9), port(0)})),
            "bind udp://203.0.113.9:0: cannot assign requested address");
}

TEST(UdpSocket, AFamilyWithoutUdpSaysSo) {
  EXPECT_EQ(said(udp_socket::open(family::unix_domain)),
            "open udp: address family not supported by protocol");
}

TEST(UdpSocket, PairsTalkToEachOtherOnly) {
  auto [a, b] = udp_socket::pair().value();
  EXPECT_EQ(a.peer_endpoint().value(), b.local_endpoint().value());
  EXPECT_EQ(b.peer_endpoint().value(), a.local_endpoint().value());
  std::array<char, 64> in{};
  ASSERT_TRUE(a.send("x").wait());
  EXPECT_EQ(b.recv(in).wait().value(), 1U);
}

TEST(UdpSocket, ThatIsClosedIsABadDescriptor) {
  udp_socket never;
  udp_socket closed = udp_socket::open(family::ipv4).value();
  ASSERT_TRUE(closed.close());
  std::array<char, 64> in{};
  for (udp_socket* s : {&never, &closed}) {
    EXPECT_EQ(said(s->recv(in).wait()), "recv: bad file descriptor");
    EXPECT_EQ(said(s->recv_from(in).now()), "recv_from: bad file descriptor");
    EXPECT_EQ(said(s->send("x").wait()), "send: bad file descriptor");
    EXPECT_EQ(code(s->send_to("x", any_port(loopbacks[0])).wait()), errc::bad_file_descriptor);
    EXPECT_EQ(said(s->connect(any_port(loopbacks[0]))), "connect: bad file descriptor");
    EXPECT_EQ(said(s->disconnect()), "connect: bad file descriptor");
  }
}

TEST(UdpSocket, SpeaksOfItsOwnAddressWhileItHasNoPeer) {
  udp_socket s = udp_socket::bind(any_port(loopbacks[0])).value();
  EXPECT_EQ(said(s.send("x").wait()),
            "send udp://" + s.local_endpoint()->to_string() + ": destination address required");
}

}  // namespace
}  // namespace fairlead::testing
