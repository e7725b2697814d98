// SPDX-License-Identifier: MIT
// One to many: datagrams to groups and to everybody really arrive, at those who asked for them.
#include <net/if.h>

#include <fstream>
#include <optional>

#include <gtest/gtest.h>

#include <fairlead/options.hpp>
#include <fairlead/udp.hpp>

#include "net/sockets.hpp"
#include "net/ways.hpp"

namespace fairlead::testing {
namespace {

// Groups that nobody uses: of the administratively scoped block, and transient of the site.
const ip_address group4(ipv4_address(239, 77, 77, 77));
const ip_address group6(ipv6_address::parse("ff15::7777").value());

udp_socket member(const ip_address& group, const network_interface& on) {
  const ip_address any = group.is_v6() ? ip_address(ipv6_address::any()) : ip_address(ipv4_address::any());
  udp_socket s = udp_socket::bind({any, port(0)}).value();
  const result<void> joined = s.set(option::join_group(group, on));
  EXPECT_TRUE(joined) << said(joined);
  return s;
}

udp_socket sender(const ip_address& group, const network_interface& out) {
  udp_socket s = udp_socket::open(group.family()).value();
  const result<void> set = s.set(option::multicast_interface(out));
  EXPECT_TRUE(set) << said(set);
  return s;
}

/// An interface over which a datagram to the group comes back; nothing where the machine has no such route.
std::optional<std::string> interface_for(const ip_address& group) {
  std::optional<std::string> found;
  struct if_nameindex* const all = ::if_nameindex();
  for (const auto* i = all; i->if_index != 0 && !found; ++i) {
    udp_socket receiver = udp_socket::bind({group, port(0)}).value();
    udp_socket s = udp_socket::open(group.family()).value();
    const network_interface on(i->if_index);
    if (!receiver.set(option::join_group(group, on)) || !s.set(option::multicast_interface(on))) continue;
    if (!s.send_to("probe", ip_endpoint(group, address_of(receiver).port())).now()) continue;
    std::array<char, 64> in{};
    if (receiver.recv_from(in).within(std::chrono::milliseconds(200)).wait()) found = i->if_name;
  }
  ::if_freenameindex(all);
  return found;
}

class Multicast : public every_way {
 protected:
  static std::vector<ip_address> groups_here() {
    std::vector<ip_address> all;
    for (const ip_address& g : {group4, group6}) {
      if (interface_for(g)) all.push_back(g);
    }
    return all;
  }
  void send(udp_socket& from, std::string_view what, const ip_endpoint& to) {
    const auto sent = finish([&] { return from.send_to(what, to); });
    ASSERT_TRUE(sent) << said(sent);
  }
  std::string receive(udp_socket& s) {
    std::array<char, 64> in{};
    const auto d = finish([&] { return s.recv_from(in); });
    return d ? std::string(text(in, d->size)) : said(d);
  }
};
FAIRLEAD_IN_EVERY_WAY(Multicast);

TEST_P(Multicast, ReachesMembersUntilTheyLeave) {
  const auto groups = groups_here();
  for (const ip_address& group : groups) {
    SCOPED_TRACE(group.to_string());
    const network_interface on(*interface_for(group));
    udp_socket receiver = member(group, on);
    const std::uint16_t number = address_of(receiver).port().number();
    udp_socket from = sender(group, on);
    send(from, "to the group", ip_endpoint(group, port(number)));
    EXPECT_EQ(receive(receiver), "to the group");
    ASSERT_TRUE(receiver.set(option::leave_group(group, on)));
    send(from, "to nobody", ip_endpoint(group, port(number)));
    udp_socket direct = udp_socket::open(group.family()).value();
    send(direct, "directly", ip_endpoint(group.is_v6() ? loopbacks[1] : loopbacks[0], port(number)));
    EXPECT_EQ(receive(receiver), "directly");
  }
  if (groups.size() < 2)
    GTEST_SKIP() << "no multicast route for " << (groups.empty() ? "any family" : "one family");
}

TEST_P(Multicast, ReachesEveryMemberThatSharesThePort) {
  for (const ip_address& group : groups_here()) {
    SCOPED_TRACE(group.to_string());
    const network_interface on(*interface_for(group));
    udp_socket a =
        udp_socket::bind({group, port(0)}, option::reuse_address(), option::join_group(group, on)).value();
    udp_socket b =
        udp_socket::bind(address_of(a), option::reuse_address(), option::join_group(group, on)).value();
    udp_socket from = sender(group, on);
    send(from, "one for all", address_of(a));
    EXPECT_EQ(receive(a), "one for all");
    EXPECT_EQ(receive(b), "one for all");
  }
}

TEST_P(Multicast, StaysOffThisMachineWithoutItsLoop) {
  for (const ip_address& group : groups_here()) {
    SCOPED_TRACE(group.to_string());
    const network_interface on(*interface_for(group));
    // The loopback interface brings back whatever is sent there.
    if (on == network_interface("lo")) continue;
    udp_socket receiver = member(group, on);
    udp_socket from = sender(group, on);
    const ip_endpoint there(group, address_of(receiver).port());
    ASSERT_TRUE(from.set(option::multicast_loop(false)));
    send(from, "unheard", there);
    ASSERT_TRUE(from.set(option::multicast_loop(true)));
    send(from, "heard", there);
    EXPECT_EQ(receive(receiver), "heard");
  }
}

TEST_P(Multicast, WithNoHopsStaysOnThisMachine) {
  for (const ip_address& group : groups_here()) {
    SCOPED_TRACE(group.to_string());
    const network_interface on(*interface_for(group));
    udp_socket receiver = member(group, on);
    udp_socket from = sender(group, on);
    ASSERT_TRUE(from.set(option::multicast_hops(0)));
    send(from, "here", ip_endpoint(group, address_of(receiver).port()));
    EXPECT_EQ(receive(receiver), "here");
  }
}

TEST_P(Multicast, OfOneSourceIsHeardFromNobodyElse) {
  if (!interface_for(group4)) GTEST_SKIP() << "no multicast route for IPv4";
  const ip_address chosen(ipv4_address(127, 0, 0, 5));
  const ip_address other(ipv4_address(127, 0, 0, 6));
  const ip_address group(ipv4_address(239, 77, 77, 78));
  udp_socket receiver = udp_socket::bind({group, port(0)}).value();
  ASSERT_TRUE(receiver.set(option::join_group::from_source(group, chosen, "lo")));
  EXPECT_EQ(said(receiver.set(option::join_group::from_source(group, chosen, "lo"))),
            "set option join_group of udp://" + receiver.local_endpoint()->to_string() +
                ": this socket takes that source in 239.77.77.78 already");
  udp_socket a = udp_socket::bind({chosen, port(0)}, option::multicast_interface("lo")).value();
  udp_socket b = udp_socket::bind({other, port(0)}, option::multicast_interface("lo")).value();
  send(b, "not this", address_of(receiver));
  send(a, "this", address_of(receiver));
  EXPECT_EQ(receive(receiver), "this");
  ASSERT_TRUE(receiver.set(option::leave_group::from_source(group, chosen, "lo")));
  EXPECT_EQ(code(receiver.set(option::leave_group::from_source(group, chosen, "lo"))),
            errc::address_not_available);
}

TEST_P(Multicast, OfIpv4ReachesADualStackSocket) {
  if (!interface_for(group4)) GTEST_SKIP() << "no multicast route for IPv4";
  const network_interface on(*interface_for(group4));
  udp_socket receiver = udp_socket::bind({ipv6_address::any(), port(0)}, option::v6_only(false)).value();
  ASSERT_TRUE(receiver.set(option::join_group(group4, on)));
  udp_socket from = sender(group4, on);
  send(from, "mapped", ip_endpoint(group4, address_of(receiver).port()));
  EXPECT_EQ(receive(receiver), "mapped");
  // And one of IPv6 sends to groups of IPv4, by the options that were set.
  udp_socket both = udp_socket::open(family::ipv6).value();
  ASSERT_TRUE(both.set(option::multicast_interface(on)));
  send(both, "from IPv6", ip_endpoint(group4, address_of(receiver).port()));
  EXPECT_EQ(receive(receiver), "from IPv6");
}

TEST_P(Multicast, BroadcastsArriveOnceTheyAreAllowed) {
  const ip_address everybody(ipv4_address(127, 255, 255, 255));
  udp_socket receiver = udp_socket::bind({ipv4_address::any(), port(0)}).value();
  const ip_endpoint there(everybody, address_of(receiver).port());
  udp_socket from = udp_socket::open(family::ipv4).value();
  EXPECT_EQ(said(finish([&] { return from.send_to("x", there); })),
            "send_to udp://" + there.to_string() + ": permission denied");
  ASSERT_TRUE(from.set(option::broadcast()));
  send(from, "all of you", there);
  EXPECT_EQ(receive(receiver), "all of you");
}

TEST(MulticastOptions, RefuseInWords) {
  udp_socket v4 = udp_socket::open(family::ipv4).value();
  const auto join = [](const std::string& why) { return "set option join_group of a udp socket: " + why; };
  EXPECT_EQ(said(v4.set(option::join_group(ipv4_address(192, 0, 2, 1)))),
            join("192.0.2.1 is no multicast address; those are 224.0.0.0/4 and ff00::/8"));
  EXPECT_EQ(code(v4.set(option::leave_group(ipv4_address(192, 0, 2, 1)))), errc::invalid_argument);
  EXPECT_EQ(said(v4.set(option::join_group(group6))),
            join("an IPv4 socket cannot receive the IPv6 group ff15::7777"));
  EXPECT_EQ(said(v4.set(option::join_group::from_source(group4, loopbacks[1]))),
            join("the group 239.77.77.77 and the source ::1 are of different families"));
  EXPECT_EQ(said(v4.set(option::join_group(group4, "nowhere0"))),
            join("no network interface is called 'nowhere0'"));
  EXPECT_EQ(said(v4.set(option::join_group(group4, network_interface(0x7fffffff)))),
            join("no network interface has the index 2147483647"));
  ASSERT_TRUE(v4.set(option::join_group(group4, "lo")));
  EXPECT_EQ(said(v4.set(option::join_group(group4, "lo"))),
            join("this socket is a member of 239.77.77.77 already"));
  ASSERT_TRUE(v4.set(option::leave_group(group4, "lo")));
  EXPECT_EQ(said(v4.set(option::leave_group(group4, "lo"))),
            "set option leave_group of a udp socket: this socket is no member of 239.77.77.77 there");

  udp_socket v6 = udp_socket::open(family::ipv6).value();
  ASSERT_TRUE(v6.set(option::join_group(group6, "lo")));
  EXPECT_EQ(said(v6.set(option::join_group(group6, "lo"))),
            join("this socket is a member of ff15::7777 already"));
  ASSERT_TRUE(v6.set(option::leave_group(group6, "lo")));
  EXPECT_EQ(code(v6.set(option::leave_group(group6, "lo"))), errc::address_not_available);
}

TEST(MulticastOptions, JoinOnTheInterfaceOfTheGroupsScope) {
  const std::uint32_t lo = network_interface("lo").index().value();
  udp_socket s = udp_socket::open(family::ipv6).value();
  ASSERT_TRUE(s.set(option::join_group(group6.v6().with_scope_id(lo))));
  EXPECT_EQ(code(s.set(option::join_group(group6, "lo"))), errc::address_in_use);
  EXPECT_TRUE(s.set(option::leave_group(group6, network_interface(lo))));
}

TEST(MulticastOptions, AreAsManyAsTheSystemAllows) {
  std::ifstream file("/proc/sys/net/ipv4/igmp_max_memberships");
  int most = 0;
  if (!(file >> most) || most > 1000) GTEST_SKIP() << "there is no such bound here";
  udp_socket s = udp_socket::open(family::ipv4).value();
  for (int i = 0; i < most; ++i) {
    const auto joined = s.set(option::join_group(
        ipv4_address(239, 77, static_cast<std::uint8_t>(i / 256), static_cast<std::uint8_t>(i % 256)), "lo"));
    ASSERT_TRUE(joined) << said(joined);
  }
  EXPECT_EQ(said(s.set(option::join_group(ipv4_address(239, 78, 0, 0), "lo"))),
            "set option join_group of a udp socket: this socket is in as many groups as the system allows "
            "(net.ipv4.igmp_max_memberships)");
}

TEST(MulticastOptions, TellTheInterfaceForIpv6Only) {
  udp_socket v6 = udp_socket::open(family::ipv6).value();
  EXPECT_TRUE(v6.get<option::multicast_interface>()->interface().is_unspecified());
  ASSERT_TRUE(v6.set(option::multicast_interface("lo")));
  EXPECT_EQ(v6.get<option::multicast_interface>()->interface().name().value(), "lo");
  ASSERT_TRUE(v6.set(option::multicast_interface(network_interface())));
  EXPECT_TRUE(v6.get<option::multicast_interface>()->interface().is_unspecified());
  udp_socket v4 = udp_socket::open(family::ipv4).value();
  ASSERT_TRUE(v4.set(option::multicast_interface("lo")));
  EXPECT_EQ(said(v4.get<option::multicast_interface>()),
            "get option multicast_interface of a udp socket: the kernel does not tell it for IPv4");
}

}  // namespace
}  // namespace fairlead::testing
