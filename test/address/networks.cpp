// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <fairlead/address.hpp>
#include <fairlead/ip_network.hpp>

namespace {

using namespace fairlead;

static_assert(std::is_trivially_copyable_v<ip_network> && sizeof(ip_network) <= 28);
static_assert(ip_network().is_single() && ip_network().contains(ipv4_address::any()));
static_assert(ip_network::around(ipv4_address(10, 1, 2, 3), 8).address() == ipv4_address(10, 0, 0, 0));
static_assert(ip_network::around(ipv4_address(10, 1, 2, 3), 0).contains(ipv4_address::broadcast()));
static_assert(ip_network(ipv6_address::v4_mapped({10, 1, 2, 3})) == ip_network(ipv4_address(10, 1, 2, 3)));

ip_network net(const char* text) { return ip_network::parse(text).value(); }
ip_address ip(const char* text) { return ip_address::parse(text).value(); }

struct form {
  const char* text;
  const char* canonical;
  friend std::ostream& operator<<(std::ostream& out, const form& row) { return out << row.text; }
};

class GoodNetwork : public testing::TestWithParam<form> {};

TEST_P(GoodNetwork, HasOneForm) {
  const auto parsed = ip_network::parse(GetParam().text);
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->to_string(), GetParam().canonical);
}

INSTANTIATE_TEST_SUITE_P(
    Network, GoodNetwork,
    testing::Values(form{"10.0.0.0/8", "10.0.0.0/8"}, form{"0.0.0.0/0", "0.0.0.0/0"},
                    form{"192.0.2.1", "192.0.2.1"}, form{"192.0.2.1/32", "192.0.2.1"},
                    form{"192.0.2.254/31", "192.0.2.254/31"}, form{"::/0", "::/0"}, form{"::1", "::1"},
                    form{"::1/128", "::1"}, form{"2001:DB8:0:0::/32", "2001:db8::/32"},
                    form{"2001:db8:8000::/33", "2001:db8:8000::/33"},
                    form{"::ffff:10.0.0.0/104", "10.0.0.0/8"}, form{"::ffff:0:0/96", "0.0.0.0/0"},
                    form{"::ffff:192.0.2.1", "192.0.2.1"}, form{"::fffe:0:0/95", "::fffe:0:0/95"},
                    form{"fe80::%4000000000/10", "fe80::%4000000000/10"}));

struct bad {
  const char* text;
  syntax_place place;
  const char* sentence;  // a part of it
  friend std::ostream& operator<<(std::ostream& out, const bad& row) { return out << row.text; }
};

class BadNetwork : public testing::TestWithParam<bad> {};

TEST_P(BadNetwork, IsRefusedAtItsPlace) {
  const auto parsed = ip_network::parse(GetParam().text);
  ASSERT_FALSE(parsed) << *parsed;
  EXPECT_EQ(parsed.error(), fault::bad_syntax);
  EXPECT_EQ(place_of(parsed.error()), GetParam().place) << underline(parsed.error());
  EXPECT_NE(parsed.error().message().find(GetParam().sentence), std::string::npos)
      << parsed.error().message();
}

INSTANTIATE_TEST_SUITE_P(
    Network, BadNetwork,
    testing::Values(
        bad{"", {0, 0}, "the network is empty"}, bad{"/8", {0, 0}, "the address is empty"},
        bad{"10.0.0.0/33", {9, 2}, "10.0.0.0/33: the prefix length must be 0 to 32"},
        bad{"::/129", {3, 3}, "the prefix length must be 0 to 128"},
        bad{"10.0.0.0/", {9, 0}, "the prefix length must be 0 to 32"},
        bad{"10.0.0.0/-1", {9, 2}, "must be 0 to 32"}, bad{"10.0.0.0/+8", {9, 2}, "must be 0 to 32"},
        bad{"10.0.0.0/08", {9, 2}, "must be 0 to 32"}, bad{"10.0.0.0/8 ", {9, 2}, "must be 0 to 32"},
        bad{"10.0.0.0/4294967304", {9, 10}, "must be 0 to 32"},
        bad{"10.0.0.0/255.0.0.0", {9, 9}, "must be 0 to 32"}, bad{"10.0.0.0/8/8", {8, 1}, "'/' does not"},
        bad{"10.0.0/8", {6, 0}, "only three numbers"}, bad{"localhost/8", {0, 1}, "'l' does not"},
        bad{"10.0.0.1/8", {0, 8}, "write 10.0.0.0/8 for the network or 10.0.0.1 for this address"},
        bad{"10.0.0.1/0", {0, 8}, "write 0.0.0.0/0 for the network"},
        bad{"2001:db8::1/32", {0, 11}, "write 2001:db8::/32 for the network"},
        bad{"::ffff:10.0.0.1/104", {0, 15}, "write 10.0.0.0/8 for the network"},
        bad{"::ffff:10.0.0.0/95", {0, 15}, "bits beyond the prefix"}));

TEST(Network, ContainsWhatBeginsWithItsBits) {
  EXPECT_TRUE(net("10.0.0.0/8").contains(ip("10.255.255.255")));
  EXPECT_FALSE(net("10.0.0.0/8").contains(ip("11.0.0.0")));
  EXPECT_TRUE(net("192.0.2.128/25").contains(ip("192.0.2.128")));
  EXPECT_FALSE(net("192.0.2.128/25").contains(ip("192.0.2.127")));
  EXPECT_TRUE(net("192.0.2.1").contains(ip("192.0.2.1")));
  EXPECT_FALSE(net("192.0.2.1").contains(ip("192.0.2.0")));
  EXPECT_TRUE(net("2001:db8:8000::/33").contains(ip("2001:db8:ffff::1")));
  EXPECT_FALSE(net("2001:db8:8000::/33").contains(ip("2001:db8:7fff::1")));
}

// Bit by bit, against the arithmetic that everybody knows.
TEST(Network, AgreesWithMasksAtEveryLength) {
  const std::uint32_t here = 0xc0a85a3c;
  for (unsigned length = 0; length <= 32; ++length) {
    const ip_network n = ip_network::around(ipv4_address(here), length);
    const std::uint32_t mask = length == 0 ? 0 : ~std::uint32_t{0} << (32 - length);
    for (unsigned bit = 0; bit < 32; ++bit) {
      const std::uint32_t other = here ^ std::uint32_t{1} << bit;
      EXPECT_EQ(n.contains(ipv4_address(other)), ((here ^ other) & mask) == 0) << n << " bit " << bit;
    }
  }
}

TEST(Network, TakesMappedAddressesForTheIpv4AddressesInside) {
  EXPECT_TRUE(net("10.0.0.0/8").contains(ip("::ffff:10.1.2.3")));
  EXPECT_FALSE(net("10.0.0.0/8").contains(ip("::ffff:11.1.2.3")));
  EXPECT_TRUE(net("::ffff:10.0.0.0/104").contains(ip("10.1.2.3")));
  EXPECT_FALSE(net("::/0").contains(ip("::ffff:10.1.2.3"))) << "it is an IPv4 peer";
  EXPECT_FALSE(net("::/0").contains(ip("10.1.2.3")));
  EXPECT_FALSE(net("0.0.0.0/0").contains(ip("::1")));
  EXPECT_FALSE(net("0.0.0.0/0").contains(ip("::10.1.2.3"))) << "compatible addresses (RFC 4291) are IPv6";
}

TEST(Network, WithoutAScopeHasItsAddressesInEveryScope) {
  EXPECT_TRUE(net("fe80::/10").contains(ip("fe80::1%7")));
  EXPECT_TRUE(net("fe80::/10").contains(ip("fe80::1")));
  EXPECT_TRUE(net("fe80::%7/10").contains(ip("fe80::1%7")));
  EXPECT_FALSE(net("fe80::%7/10").contains(ip("fe80::1%8")));
  EXPECT_FALSE(net("fe80::%7/10").contains(ip("fe80::1")));
}

TEST(Network, ContainsNarrowerNetworks) {
  EXPECT_TRUE(net("10.0.0.0/8").contains(net("10.1.0.0/16")));
  EXPECT_TRUE(net("10.0.0.0/8").contains(net("10.0.0.0/8")));
  EXPECT_FALSE(net("10.1.0.0/16").contains(net("10.0.0.0/8")));
  EXPECT_FALSE(net("0.0.0.0/0").contains(net("::/0")));
  EXPECT_FALSE(net("fe80::%7/10").contains(net("fe80::/10")));
}

}  // namespace
