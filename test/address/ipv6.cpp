// SPDX-License-Identifier: MIT
#include <net/if.h>

#include <gtest/gtest.h>

#include <fairlead/address.hpp>

namespace {

using namespace fairlead;

static_assert(std::is_trivially_copyable_v<ipv6_address>);
static_assert(ipv6_address() == ipv6_address::any());
static_assert(ipv6_address::loopback().groups()[7] == 1);
static_assert(ipv6_address::v4_mapped({192, 0, 2, 1}).to_v4() == ipv4_address(192, 0, 2, 1));
static_assert(ipv6_address::from_groups({1, 2, 3, 4, 5, 6, 7, 8}).bytes()[15] == 8);
static_assert(ipv6_address::all_nodes(3).scope_id() == 3 && ipv6_address::all_nodes().is_multicast());

struct good {
  const char* text;
  const char* canonical;
  friend std::ostream& operator<<(std::ostream& out, const good& row) { return out << row.text; }
};

class GoodIpv6 : public testing::TestWithParam<good> {};

TEST_P(GoodIpv6, PrintsInTheOneFormOfRfc5952) {
  const auto parsed = ipv6_address::parse(GetParam().text);
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->to_string(), GetParam().canonical);
  const auto again = ipv6_address::parse(GetParam().canonical);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(*again, *parsed);
}

// The spellings that RFC 5952 calls the problem (section 2), and what section 4 makes of them.
INSTANTIATE_TEST_SUITE_P(
    Rfc5952, GoodIpv6,
    testing::Values(
        // 2.1 Leading zeros in a group.
        good{"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"}, good{"2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        good{"2001:db8::1:0:0:1", "2001:db8::1:0:0:1"}, good{"2001:db8::0:1:0:0:1", "2001:db8::1:0:0:1"},
        good{"2001:0db8::1:0:0:1", "2001:db8::1:0:0:1"}, good{"2001:db8:0:0:1::1", "2001:db8::1:0:0:1"},
        good{"2001:db8:0000:0:1::1", "2001:db8::1:0:0:1"}, good{"2001:DB8:0:0:1::1", "2001:db8::1:0:0:1"},
        good{"2001:db8:aaaa:bbbb:cccc:dddd:eeee:0001", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1"},
        good{"2001:db8:aaaa:bbbb:cccc:dddd:eeee:001", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1"},
        good{"2001:db8:aaaa:bbbb:cccc:dddd:eeee:01", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1"},
        // 2.2 Compression.
        good{"2001:db8:aaaa:bbbb:cccc:dddd::1", "2001:db8:aaaa:bbbb:cccc:dddd:0:1"},
        good{"2001:db8:aaaa:bbbb:cccc:dddd:0:1", "2001:db8:aaaa:bbbb:cccc:dddd:0:1"},
        good{"2001:db8:0:0:0::1", "2001:db8::1"}, good{"2001:db8:0:0::1", "2001:db8::1"},
        good{"2001:db8:0::1", "2001:db8::1"}, good{"2001:db8::1", "2001:db8::1"},
        good{"2001:db8::aaaa:0:0:1", "2001:db8::aaaa:0:0:1"},
        good{"2001:db8:0:0:aaaa::1", "2001:db8::aaaa:0:0:1"},
        // 2.3 Upper case.
        good{"2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa"},
        good{"2001:db8:aaaa:bbbb:cccc:dddd:eeee:AAAA", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa"},
        good{"2001:db8:aaaa:bbbb:cccc:dddd:eeee:AaAa", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa"},
        // 4.1 Leading zeros go, but a group of zeros is one zero.
        good{"2001:0db8::0001", "2001:db8::1"}, good{"2001:db8:1:2:3:4:5:0000", "2001:db8:1:2:3:4:5:0"},
        // 4.2.1 As short as possible.
        good{"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"}, good{"2001:db8::0:1", "2001:db8::1"},
        // 4.2.2 Never for one group.
        good{"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        good{"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        // 4.2.3 The longest run, the first of equals.
        good{"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"}, good{"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        // 4.3 Lower case.
        good{"ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789"},
        // 5 Mapped addresses in dotted form, however they were written.
        good{"::ffff:192.0.2.1", "::ffff:192.0.2.1"}, good{"0:0:0:0:0:ffff:192.0.2.1", "::ffff:192.0.2.1"},
        good{"::ffff:c000:201", "::ffff:192.0.2.1"}, good{"0:0:0:0:0:FFFF:C000:0201", "::ffff:192.0.2.1"}));

INSTANTIATE_TEST_SUITE_P(
    Ipv6, GoodIpv6,
    testing::Values(
        good{"::", "::"}, good{"0:0:0:0:0:0:0:0", "::"},
        good{"0000:0000:0000:0000:0000:0000:0000:0000", "::"}, good{"::0", "::"}, good{"0::", "::"},
        good{"0::0", "::"}, good{"::1", "::1"}, good{"0:0:0:0:0:0:0:1", "::1"}, good{"1::", "1::"},
        good{"1:0:0:0:0:0:0:0", "1::"}, good{"1::8", "1::8"}, good{"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
        good{"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"}, good{"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        good{"1:2:3:4::6:7:8", "1:2:3:4:0:6:7:8"}, good{"::3:4:5:6:7:8", "::3:4:5:6:7:8"},
        good{"1:2:3:4:5:6::", "1:2:3:4:5:6::"}, good{"0:0:1:0:0:1:0:0", "::1:0:0:1:0:0"},
        good{"1:0:0:1:0:0:0:0", "1:0:0:1::"}, good{"0:1:0:1:0:1:0:1", "0:1:0:1:0:1:0:1"},
        good{"1:0:1:0:1:0:1:0", "1:0:1:0:1:0:1:0"}, good{"ff02::1", "ff02::1"}, good{"fe80::", "fe80::"},
        good{"FE80::ABCD", "fe80::abcd"}, good{"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
        good{"::1.2.3.4", "::102:304"}, good{"::0.0.0.1", "::1"}, good{"::0.0.0.0", "::"},
        good{"::255.255.255.255", "::ffff:ffff"}, good{"1:2:3:4:5:6:7.8.9.10", "1:2:3:4:5:6:708:90a"},
        good{"::6:7.8.9.10", "::6:708:90a"}, good{"1::7.8.9.10", "1::708:90a"},
        good{"::ffff:0.0.0.0", "::ffff:0.0.0.0"}, good{"::ffff:0:0", "::ffff:0.0.0.0"},
        good{"::ffff:255.255.255.255", "::ffff:255.255.255.255"},
        good{"::ffff:0:1.2.3.4", "::ffff:0:102:304"}, good{"::fffe:1.2.3.4", "::fffe:102:304"},
        good{"1::ffff:1.2.3.4", "1::ffff:102:304"},
        good{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        good{"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        // Scopes; 4294967295 is no interface's index anywhere.
        good{"fe80::1%4294967295", "fe80::1%4294967295"}, good{"fe80::1%0", "fe80::1"},
        good{"fe80::1%00004294967295", "fe80::1%4294967295"},
        good{"::ffff:1.2.3.4%4294967295", "::ffff:1.2.3.4%4294967295"},
        good{"::%4294967295", "::%4294967295"}));

struct bad {
  const char* text;
  syntax_place place;
  const char* reason;  // a part of it
  fault kind = fault::bad_syntax;
  friend std::ostream& operator<<(std::ostream& out, const bad& row) { return out << row.text; }
};

class BadIpv6 : public testing::TestWithParam<bad> {};

TEST_P(BadIpv6, IsRefusedAtItsPlace) {
  const auto parsed = ipv6_address::parse(GetParam().text);
  ASSERT_FALSE(parsed) << *parsed;
  EXPECT_EQ(parsed.error(), GetParam().kind);
  EXPECT_EQ(parsed.error().operation(), verb::parse);
  EXPECT_EQ(place_of(parsed.error()), GetParam().place) << underline(parsed.error());
  EXPECT_NE(parsed.error().reason().find(GetParam().reason), std::string::npos) << parsed.error().reason();
}

INSTANTIATE_TEST_SUITE_P(
    Ipv6, BadIpv6,
    testing::Values(
        bad{"", {0, 0}, "is missing"}, bad{":", {0, 1}, "cannot begin"}, bad{":1", {0, 1}, "cannot begin"},
        bad{":1:2:3:4:5:6:7:8", {0, 1}, "cannot begin"}, bad{"1:", {1, 1}, "cannot end"},
        bad{"1:2:3:4:5:6:7:8:", {15, 1}, "cannot end"}, bad{"1::2:", {4, 1}, "cannot end"},
        bad{":::", {0, 3}, "three colons"}, bad{":::1", {0, 3}, "three colons"},
        bad{"1:::", {1, 3}, "three colons"}, bad{"1:::2", {1, 3}, "three colons"},
        bad{"::1::", {3, 2}, "only once"}, bad{"1::2::3", {4, 2}, "only once"},
        bad{"::1::2", {3, 2}, "only once"}, bad{"1", {0, 1}, "only 1"},
        bad{"1:2:3:4:5:6:7", {0, 13}, "only 7"}, bad{"1:2:3:4:5:6:7:8:9", {16, 1}, "more than eight"},
        bad{"::1:2:3:4:5:6:7:8", {0, 2}, "stands for zeros"},
        bad{"1:2:3:4:5:6:7:8::", {15, 2}, "stands for zeros"},
        bad{"1:2:3:4::5:6:7:8", {7, 2}, "stands for zeros"},
        bad{"::1:2:3:4:5:6:7:8:9", {18, 1}, "more than eight"}, bad{"12345::", {0, 5}, "at most four digits"},
        bad{"00001::", {0, 5}, "at most four digits"}, bad{"::10000", {2, 5}, "at most four digits"},
        bad{"g::", {0, 1}, "'g' is not a hexadecimal"}, bad{"::12g4", {4, 1}, "'g' is not a hexadecimal"},
        bad{" ::1", {0, 1}, "not a hexadecimal"}, bad{"::1 ", {3, 1}, "not a hexadecimal"},
        bad{"::-1", {2, 1}, "'-' is not"}, bad{"::+1", {2, 1}, "'+' is not"},
        bad{"::0x1", {3, 1}, "'x' is not"}, bad{"::1/64", {3, 1}, "'/' is not"},
        bad{"[::1]", {0, 1}, "brackets"}, bad{"localhost", {0, 1}, "'l' is not"},
        bad{"1.2.3.4", {0, 7}, "only 2"}, bad{"::1.2.3", {7, 0}, "only three numbers"},
        bad{"::1.2.3.256", {8, 3}, "more than 255"}, bad{"::1.2.3.04", {8, 2}, "octal"},
        bad{"::1.2.3.4.5", {9, 2}, "more than four"}, bad{"::1.2.3.4:5", {9, 1}, "':' does not belong"},
        bad{"1.2.3.4::", {7, 1}, "':' does not belong"},
        bad{"1:2:3:4:5:6:7:1.2.3.4", {14, 7}, "more than eight"},
        bad{"1:2:3:4:5:6:7:8:1.2.3.4", {16, 7}, "more than eight"},
        bad{"1:2:3:4:5:1.2.3.4", {0, 17}, "only 7"},
        bad{"::1:2:3:4:5:6:7.8.9.10", {0, 2}, "stands for zeros"},
        bad{"::ffff:0x7f.1", {8, 1}, "'x' does not belong"}, bad{"::1%", {4, 0}, "the scope after '%'"},
        bad{"%1", {0, 0}, "is missing"}, bad{"1%1", {0, 1}, "only 1"},
        bad{"fe80::1%4294967296", {8, 10}, "0 to 4294967295"},
        bad{"fe80::1%99999999999999999999", {8, 20}, "0 to 4294967295"},
        bad{"fe80::1%no-such-if0",
            {8, 11},
            "no network interface is called 'no-such-if0'",
            fault::unknown_name},
        bad{"fe80::1%a-name-longer-than-any-interface", {8, 32}, "no network interface", fault::unknown_name},
        bad{"fe80::1%-1", {8, 2}, "no network interface is called '-1'", fault::unknown_name},
        bad{"fe80::1%1%2", {8, 3}, "no network interface", fault::unknown_name},
        bad{"fe80::1% ", {8, 1}, "no network interface", fault::unknown_name}));

TEST(Ipv6Address, DoesNotStopAtANulByte) {
  EXPECT_FALSE(ipv6_address::parse(std::string_view("::1\0", 4)));
  EXPECT_FALSE(ipv6_address::parse(std::string_view("fe80::1%lo\0", 11)));
}

TEST(Ipv6Address, ReadsAndWritesAScopeByTheNameOfItsInterface) {
  const unsigned lo = if_nametoindex("lo");
  ASSERT_NE(lo, 0U) << "every Linux network namespace has an interface lo";
  const auto by_name = ipv6_address::parse("fe80::1%lo");
  ASSERT_TRUE(by_name) << by_name.error().message();
  EXPECT_EQ(by_name->scope_id(), lo);
  EXPECT_EQ(ipv6_address::parse("fe80::1%" + std::to_string(lo)).value(), *by_name);
  EXPECT_EQ(by_name->to_string(), "fe80::1%lo");
}

TEST(Ipv6Address, ComparesItsScopeLast) {
  const auto base = ipv6_address::parse("fe80::1").value();
  EXPECT_NE(base, base.with_scope_id(1));
  EXPECT_LT(base, base.with_scope_id(1));
  EXPECT_LT(base.with_scope_id(9), ipv6_address::parse("fe80::2").value());
  EXPECT_EQ(base.with_scope_id(7).with_scope_id(0), base);
}

struct questions {
  const char* address;
  bool unspecified, loopback, is_private, link_local, multicast, mapped;
  friend std::ostream& operator<<(std::ostream& out, const questions& row) { return out << row.address; }
};

class Ipv6Questions : public testing::TestWithParam<questions> {};

TEST_P(Ipv6Questions, AreAnsweredAsTheirRfcsSay) {
  const auto& [text, unspecified, loopback, is_private, link_local, multicast, mapped] = GetParam();
  SCOPED_TRACE(text);
  const ipv6_address address = ipv6_address::parse(text).value();
  EXPECT_EQ(address.is_unspecified(), unspecified);
  EXPECT_EQ(address.is_loopback(), loopback);
  EXPECT_EQ(address.is_private(), is_private);
  EXPECT_EQ(address.is_link_local(), link_local);
  EXPECT_EQ(address.is_multicast(), multicast);
  EXPECT_EQ(address.is_v4_mapped(), mapped);
  EXPECT_EQ(address.to_v4().has_value(), mapped);
  const ip_address either = address;
  EXPECT_EQ(either.is_unspecified(), unspecified);
  EXPECT_EQ(either.is_loopback(), loopback);
  EXPECT_EQ(either.is_private(), is_private);
  EXPECT_EQ(either.is_link_local(), link_local);
  EXPECT_EQ(either.is_multicast(), multicast);
  EXPECT_EQ(either.is_v4_mapped(), mapped);
}

constexpr bool o = false;
constexpr bool X = true;
INSTANTIATE_TEST_SUITE_P(
    Ipv6, Ipv6Questions,
    testing::Values(
        questions{"::", X, o, o, o, o, o}, questions{"::%4294967295", X, o, o, o, o, o},
        questions{"::1", o, X, o, o, o, o}, questions{"::2", o, o, o, o, o, o},
        questions{"1::1", o, o, o, o, o, o}, questions{"2001:db8::1", o, o, o, o, o, o},
        questions{"fbff:ffff::", o, o, o, o, o, o}, questions{"fc00::", o, o, X, o, o, o},
        questions{"fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", o, o, X, o, o, o},
        questions{"fe00::", o, o, o, o, o, o}, questions{"fe7f:ffff::", o, o, o, o, o, o},
        questions{"fe80::", o, o, o, X, o, o}, questions{"febf:ffff::", o, o, o, X, o, o},
        questions{"fec0::", o, o, o, o, o, o}, questions{"feff::", o, o, o, o, o, o},
        questions{"ff00::", o, o, o, o, X, o}, questions{"ff02::1", o, o, o, o, X, o},
        questions{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", o, o, o, o, X, o},
        questions{"::ffff:0.0.0.0", o, o, o, o, o, X}, questions{"::ffff:127.0.0.1", o, o, o, o, o, X},
        questions{"::fffe:127.0.0.1", o, o, o, o, o, o}, questions{"::1:ffff:127.0.0.1", o, o, o, o, o, o},
        questions{"::ffff:0:7f00:1", o, o, o, o, o, o}, questions{"8000::ffff:127.0.0.1", o, o, o, o, o, o}));

TEST(IpAddress, UnmapsOnlyWhatIsMapped) {
  const ip_address v4 = ipv4_address(127, 0, 0, 1);
  const ip_address mapped = ipv6_address::v4_mapped({127, 0, 0, 1});
  const ip_address v6 = ipv6_address::loopback();
  EXPECT_EQ(mapped.unmapped(), v4);
  EXPECT_EQ(v4.unmapped(), v4);
  EXPECT_EQ(v6.unmapped(), v6);
  EXPECT_NE(mapped, v4) << "a mapped address is another address until somebody unmaps it";
  EXPECT_FALSE(mapped.is_loopback());
  EXPECT_TRUE(mapped.unmapped().is_loopback());
  EXPECT_EQ(v4.to_v4(), ipv4_address::loopback());
  EXPECT_EQ(v6.to_v4(), std::nullopt);
}

TEST(IpAddress, ParsesEitherKindAndKnowsWhichItIs) {
  EXPECT_TRUE(ip_address::parse("192.0.2.1").value().is_v4());
  EXPECT_TRUE(ip_address::parse("::").value().is_v6());
  EXPECT_EQ(ip_address::parse("192.0.2.1").value().family(), family::ipv4);
  EXPECT_EQ(ip_address::parse("::").value().family(), family::ipv6);
  EXPECT_EQ(ip_address(), ipv4_address::any());
  EXPECT_NE(ip_address(ipv4_address::any()), ip_address(ipv6_address::any()));
  for (const char* text : {"", "localhost", "1.2.3", "1.2.3.4.5", "::g", "[::1]", "1.2.3.4%1"}) {
    EXPECT_FALSE(ip_address::parse(text)) << text;
  }
}

TEST(IpAddressDeathTest, DoesNotGiveOutAnAlternativeThatItIsNot) {
  EXPECT_DEATH((void)ip_address(ipv6_address::any()).v4(), "v4\\(\\) of an IPv6 address");
  EXPECT_DEATH((void)ip_address(ipv4_address::any()).v6(), "v6\\(\\) of an IPv4 address");
}

}  // namespace
