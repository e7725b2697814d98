// SPDX-License-Identifier: MIT
// In which order to try addresses and services.
#include "dial/order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "dial/resolving.hpp"

namespace fairlead::testing {
namespace {

using lookup::destination;

// "destination from source"; without a source it cannot be reached.
destination one(std::string_view text) {
  destination d;
  d.address = ip_address::parse(text.substr(0, text.find(' '))).value();
  if (const std::size_t from = text.find(" from "); from != std::string_view::npos)
    d.source = ip_address::parse(text.substr(from + 6)).value();
  return d;
}

// Expects the first before the second, in whichever order they are given.
void expect_before(std::string_view first, std::string_view second) {
  const destination a = one(first);
  const destination b = one(second);
  const std::vector<ip_address> expected{a.address, b.address};
  EXPECT_EQ(lookup::in_order({a, b}), expected) << first << " before " << second;
  EXPECT_EQ(lookup::in_order({b, a}), expected) << first << " before " << second;
}

// RFC 6724, section 10.2, but for those about home addresses and deprecated ones.
TEST(AddressOrder, IsThatOfTheExamplesInItsRfc) {
  expect_before("2001:db8:1::1 from 2001:db8:1::2", "198.51.100.121 from 169.254.13.78");
  expect_before("198.51.100.121 from 198.51.100.117", "2001:db8:1::1 from fe80::1");
  expect_before("2001:db8:1::1 from 2001:db8:1::2", "10.1.2.3 from 10.1.2.4");
  expect_before("fe80::1 from fe80::2", "2001:db8:1::1 from 2001:db8:1::2");
  expect_before("2001:db8:1::1 from 2001:db8:1::2", "2001:db8:3ffe::1 from 2001:db8:3f44::2");
  expect_before("2002:c633:6401::1 from 2002:c633:6401::2", "2001:db8:1::1 from 2002:c633:6401::2");
  expect_before("2001:db8:1::1 from 2001:db8:1::2", "2002:c633:6401::1 from 2002:c633:6401::2");
}

TEST(AddressOrder, PutsWhatCannotBeReachedLast) {
  expect_before("10.0.0.1 from 10.0.0.2", "2001:db8::1");
  expect_before("::1 from ::1", "127.0.0.1 from 127.0.0.1");
  expect_before("192.0.2.1 from 192.0.2.2", "fd00::1 from fd00::2");
  expect_before("2001:db8::1 from 2001:db8::2", "2001:0:1::1 from 2001:0:1::2");  // Teredo
}

TEST(AddressOrder, LeavesEqualsAsTheyAre) {
  const std::vector<destination> all{one("192.0.2.9 from 192.0.2.8"), one("203.0.113.1 from 192.0.2.8"),
                                     one("192.0.2.1 from 192.0.2.8")};
  const std::vector<ip_address> as_given{all[0].address, all[1].address, all[2].address};
  EXPECT_EQ(lookup::in_order(all), as_given);
  EXPECT_EQ(lookup::in_order({}), std::vector<ip_address>());
}

TEST(AddressOrder, OfThisMachineTakesItsOwnRoutes) {
  const ip_address v4 = ipv4_address::loopback();
  const ip_address v6 = ipv6_address::loopback();
  const auto found = order_addresses({v4, v6});
  // ::1 comes first where there is any IPv6.
  const bool has_v6 = udp_socket::bind({v6, port(0)}).has_value();
  EXPECT_EQ(found, has_v6 ? (std::vector{v6, v4}) : (std::vector{v4, v6}));
  EXPECT_EQ(order_addresses({v4}), std::vector{v4});
}

TEST(ServiceOrder, IsByPriorityFirst) {
  std::vector<service_record> all{{"c", 1, 30, 1000}, {"a", 1, 10, 0}, {"b", 1, 20, 5}};
  lookup::put_in_order(all, lookup::dice(1));
  EXPECT_EQ(all[0].target + all[1].target + all[2].target, "abc");
}

TEST(ServiceOrder, IsTheSameForTheSameSeed) {
  const std::vector<service_record> all{{"a", 1, 1, 10}, {"b", 1, 1, 10}, {"c", 1, 1, 10}, {"d", 1, 1, 10}};
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    auto once = all;
    auto again = all;
    lookup::put_in_order(once, lookup::dice(seed));
    lookup::put_in_order(again, lookup::dice(seed));
    EXPECT_EQ(once, again);
    EXPECT_TRUE(std::ranges::is_permutation(once, all));
  }
}

TEST(ServiceOrder, GivesEachItsShareByWeight) {
  std::map<std::string, int> first;
  for (std::uint64_t seed = 0; seed < 10000; ++seed) {
    std::vector<service_record> all{{"heavy", 1, 1, 30}, {"light", 1, 1, 10}, {"none", 1, 1, 0}};
    lookup::put_in_order(all, lookup::dice(seed));
    ++first[all[0].target];
  }
  EXPECT_NEAR(first["heavy"], 7317,
              300);  // 30 of the 41 numbers from 0 to 40; one of them is for those of no weight
  EXPECT_NEAR(first["light"], 2439, 300);
  EXPECT_NEAR(first["none"], 244, 100);
}

TEST(ServiceOrder, KnowsTheLargestWeights) {
  std::vector<service_record> all(2000, service_record{"x", 1, 1, 65535});
  lookup::put_in_order(all, lookup::dice(3));
  EXPECT_EQ(all.size(), 2000U);
}

TEST(MailOrder, IsByPreferenceAndAtRandomAmongEquals) {
  std::map<std::string, int> first;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    std::vector<mail_exchanger> all{{"last", 9}, {"a", 1}, {"b", 1}};
    lookup::put_in_order(all, lookup::dice(seed));
    ++first[all[0].host];
    EXPECT_EQ(all[2].host, "last");
  }
  EXPECT_NEAR(first["a"], 500, 100);
}

}  // namespace
}  // namespace fairlead::testing
