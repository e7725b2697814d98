// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <fairlead/address.hpp>

namespace {

using namespace fairlead;

static_assert(std::is_trivially_copyable_v<ipv4_address> && sizeof(ipv4_address) == 4);
static_assert(ipv4_address() == ipv4_address::any());
static_assert(ipv4_address(0x7f000001U) == ipv4_address::loopback());
static_assert(ipv4_address(192, 0, 2, 1).to_uint() == 0xc0000201U);
static_assert(ipv4_address(ipv4_address::bytes_type{192, 0, 2, 1}).bytes()[3] == 1);

class GoodIpv4 : public testing::TestWithParam<const char*> {};

TEST_P(GoodIpv4, ParsesAndPrintsAsItIsWritten) {
  const auto parsed = ipv4_address::parse(GetParam());
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->to_string(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Ipv4, GoodIpv4,
                         testing::Values("0.0.0.0", "0.0.0.1", "1.2.3.4", "9.10.99.100", "10.0.0.0",
                                         "127.0.0.1", "169.254.1.1", "172.16.31.200", "192.0.2.255",
                                         "192.168.0.1", "199.200.201.202", "223.255.255.255", "224.0.0.1",
                                         "239.255.255.250", "249.250.251.252", "255.255.255.254",
                                         "255.255.255.255"));

struct bad {
  const char* text;
  syntax_place place;
  const char* reason;  // a part of it
  friend std::ostream& operator<<(std::ostream& out, const bad& row) { return out << row.text; }
};

class BadIpv4 : public testing::TestWithParam<bad> {};

TEST_P(BadIpv4, IsRefusedAtItsPlace) {
  const auto parsed = ipv4_address::parse(GetParam().text);
  ASSERT_FALSE(parsed) << *parsed;
  EXPECT_EQ(parsed.error(), fault::bad_syntax);
  EXPECT_EQ(parsed.error().operation(), verb::parse);
  EXPECT_EQ(place_of(parsed.error()), GetParam().place) << underline(parsed.error());
  EXPECT_NE(parsed.error().reason().find(GetParam().reason), std::string::npos) << parsed.error().reason();
}

INSTANTIATE_TEST_SUITE_P(
    Ipv4, BadIpv4,
    testing::Values(
        bad{"", {0, 0}, "the address is empty"}, bad{"1", {1, 0}, "only one number"},
        bad{"1.2", {3, 0}, "only two numbers"}, bad{"1.2.3", {5, 0}, "only three numbers"},
        bad{"1.2.3.", {6, 0}, "missing at the end"}, bad{"1.2.3.4.", {7, 1}, "more than four"},
        bad{"1.2.3.4.5", {7, 2}, "more than four"}, bad{".1.2.3.4", {0, 1}, "missing before a dot"},
        bad{"1..3.4", {2, 1}, "missing before a dot"}, bad{"...", {0, 1}, "missing before a dot"},
        bad{"256.0.0.1", {0, 3}, "'256' is more than 255"},
        bad{"1.2.3.256", {6, 3}, "'256' is more than 255"},
        bad{"1.2.3.1000", {6, 4}, "'1000' is more than 255"},
        bad{"1.2.3.99999999999999999999999999", {6, 26}, "is more than 255"},
        bad{"01.2.3.4", {0, 2}, "octal"}, bad{"1.2.3.010", {6, 3}, "octal"}, bad{"1.2.3.00", {6, 2}, "octal"},
        bad{"0x7f.0.0.1", {1, 1}, "'x' does not belong"}, bad{"127.0.0.1 ", {9, 1}, "' ' does not belong"},
        bad{" 127.0.0.1", {0, 1}, "' ' does not"}, bad{"127.0.0.1\n", {9, 1}, "'\\x0a' does not belong"},
        bad{"1.2.3.4/24", {7, 1}, "'/' does not"}, bad{"1.2.3.4:80", {7, 1}, "':' does not belong"},
        bad{"1,2.3.4", {1, 1}, "',' does not belong"}, bad{"-1.2.3.4", {0, 1}, "'-' does not belong"},
        bad{"+1.2.3.4", {0, 1}, "'+' does not belong"}, bad{"1.2.3.4a", {7, 1}, "'a' does not belong"},
        bad{"a.b.c.d", {0, 1}, "'a' does not belong"}, bad{"localhost", {0, 1}, "'l' does not belong"},
        bad{"::1", {0, 1}, "':' does not belong"}, bad{"1.2.3.e4", {6, 1}, "'e' does not belong"},
        bad{"\xd9\xa1.2.3.4", {0, 1}, "'\\xd9'"}));

TEST(Ipv4Address, DoesNotStopAtANulByte) {
  EXPECT_FALSE(ipv4_address::parse(std::string_view("127.0.0.1\0", 10)));
  EXPECT_FALSE(ipv4_address::parse(std::string_view("127.0.0.1\0.evil", 15)));
}

struct questions {
  ipv4_address address;
  bool unspecified, loopback, is_private, link_local, multicast, broadcast;
  friend std::ostream& operator<<(std::ostream& out, const questions& row) { return out << row.address; }
};

class Ipv4Questions : public testing::TestWithParam<questions> {};

TEST_P(Ipv4Questions, AreAnsweredAsTheirRfcsSay) {
  const auto& [address, unspecified, loopback, is_private, link_local, multicast, broadcast] = GetParam();
  SCOPED_TRACE(address.to_string());
  EXPECT_EQ(address.is_unspecified(), unspecified);
  EXPECT_EQ(address.is_loopback(), loopback);
  EXPECT_EQ(address.is_private(), is_private);
  EXPECT_EQ(address.is_link_local(), link_local);
  EXPECT_EQ(address.is_multicast(), multicast);
  EXPECT_EQ(address.is_broadcast(), broadcast);
  const ip_address either = address;
  EXPECT_EQ(either.is_unspecified(), unspecified);
  EXPECT_EQ(either.is_loopback(), loopback);
  EXPECT_EQ(either.is_private(), is_private);
  EXPECT_EQ(either.is_link_local(), link_local);
  EXPECT_EQ(either.is_multicast(), multicast);
  EXPECT_FALSE(either.is_v4_mapped());
}

constexpr bool o = false;
constexpr bool X = true;
INSTANTIATE_TEST_SUITE_P(
    Ipv4, Ipv4Questions,
    testing::Values(
        questions{{0, 0, 0, 0}, X, o, o, o, o, o}, questions{{0, 0, 0, 1}, o, o, o, o, o, o},
        questions{{9, 255, 255, 255}, o, o, o, o, o, o}, questions{{10, 0, 0, 0}, o, o, X, o, o, o},
        questions{{10, 255, 255, 255}, o, o, X, o, o, o}, questions{{11, 0, 0, 0}, o, o, o, o, o, o},
        questions{{126, 255, 255, 255}, o, o, o, o, o, o}, questions{{127, 0, 0, 0}, o, X, o, o, o, o},
        questions{{127, 255, 255, 255}, o, X, o, o, o, o}, questions{{128, 0, 0, 0}, o, o, o, o, o, o},
        questions{{169, 253, 255, 255}, o, o, o, o, o, o}, questions{{169, 254, 0, 0}, o, o, o, X, o, o},
        questions{{169, 254, 255, 255}, o, o, o, X, o, o}, questions{{169, 255, 0, 0}, o, o, o, o, o, o},
        questions{{172, 15, 255, 255}, o, o, o, o, o, o}, questions{{172, 16, 0, 0}, o, o, X, o, o, o},
        questions{{172, 31, 255, 255}, o, o, X, o, o, o}, questions{{172, 32, 0, 0}, o, o, o, o, o, o},
        questions{{192, 167, 255, 255}, o, o, o, o, o, o}, questions{{192, 168, 0, 0}, o, o, X, o, o, o},
        questions{{192, 168, 255, 255}, o, o, X, o, o, o}, questions{{192, 169, 0, 0}, o, o, o, o, o, o},
        questions{{223, 255, 255, 255}, o, o, o, o, o, o}, questions{{224, 0, 0, 0}, o, o, o, o, X, o},
        questions{{239, 255, 255, 255}, o, o, o, o, X, o}, questions{{240, 0, 0, 0}, o, o, o, o, o, o},
        questions{{255, 255, 255, 254}, o, o, o, o, o, o},
        questions{{255, 255, 255, 255}, o, o, o, o, o, X}));

TEST(Ipv4Address, SortsAsNumbersDo) {
  EXPECT_LT(ipv4_address(1, 255, 255, 255), ipv4_address(2, 0, 0, 0));
  EXPECT_LT(ipv4_address(9, 0, 0, 0), ipv4_address(10, 0, 0, 0));
  EXPECT_LT(ipv4_address(127, 0, 0, 1), ipv4_address(128, 0, 0, 1));
}

}  // namespace
