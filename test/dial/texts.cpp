// SPDX-License-Identifier: MIT
// What is done with text before anybody is asked: names, hosts(5), resolv.conf(5).
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "dial/hosts.hpp"
#include "dial/name.hpp"
#include "dial/resolv_conf.hpp"
#include "dial/resolving.hpp"

namespace fairlead::testing {
namespace {

using lookup::defect_of;
using lookup::name_use;

std::string defect(std::string_view name, name_use use = name_use::host) {
  return defect_of(name, use).value_or("");
}

TEST(Names, OfHostsHaveLettersDigitsHyphensAndDots) {
  for (const char* const good :
       {"a", "example.org", "example.org.", "xn--nme-bta.test", "a-b.c_d", "3com.com", "127.0.0.1.nip.io"})
    EXPECT_EQ(defect(good), "") << good;
  EXPECT_EQ(defect("no such name"), "' ' cannot be in a name");
  EXPECT_EQ(defect("a\\046b"), "'\\' cannot be in a name");
  EXPECT_EQ(defect("a/b"), "'/' cannot be in a name");
  EXPECT_EQ(defect("n\xc3\xa4me"), "a name outside ASCII must be given as DNS has it, with xn-- (RFC 5890)");
}

TEST(Names, OfOtherRecordsAreLessStrict) {
  EXPECT_EQ(defect("_sip._tcp.example.org", name_use::record), "");
  EXPECT_EQ(defect("1/2.0.192.in-addr.arpa", name_use::record), "");
  EXPECT_EQ(defect("*.example.org", name_use::record), "");
  EXPECT_EQ(defect("a\\b", name_use::record), "'\\' cannot be in a name");
  EXPECT_EQ(defect(std::string_view("a\0b", 3), name_use::record), "'\\x00' cannot be in a name");
}

TEST(Names, AreNotEmptyAndNotTooLong) {
  const std::string label(63, 'a');
  EXPECT_EQ(defect(""), "a name has at least one letter");
  EXPECT_EQ(defect("."), "a name has at least one letter");
  EXPECT_EQ(defect("a..b"), "a part of the name is empty");
  EXPECT_EQ(defect(".a"), "a part of the name is empty");
  EXPECT_EQ(defect("a.."), "a part of the name is empty");
  EXPECT_EQ(defect(label + ".b"), "");
  EXPECT_TRUE(defect(label + "a.b").starts_with("a part of a name has at most 63 characters, and 'aaaa"));
  EXPECT_TRUE(defect(label + "a.b").ends_with(" has 64"));
  const std::string longest = label + '.' + label + '.' + label + '.' + std::string(61, 'a');
  ASSERT_EQ(longest.size(), 253U);
  EXPECT_EQ(defect(longest), "");
  EXPECT_EQ(defect(longest + '.'), "");
  EXPECT_EQ(defect(longest + 'a'), "a name has at most 253 characters, and this one has 254");
}

TEST(Names, ThatEndInANumberAreNoNames) {
  for (const char* const bad : {"127.1", "1.2.3.4.5", "256.0.0.1", "0x7f.1", "a.0X10", "123"})
    EXPECT_EQ(defect(bad),
              "it ends in a number as only IPv4 addresses do, and those have four, from 0 to 255")
        << bad;
}

TEST(Names, BelowLocalhostAreThisMachine) {
  EXPECT_TRUE(lookup::is_localhost("localhost"));
  EXPECT_TRUE(lookup::is_localhost("a.localhost"));
  EXPECT_FALSE(lookup::is_localhost("notlocalhost"));
  EXPECT_FALSE(lookup::is_localhost(".localhost"));
  EXPECT_FALSE(lookup::is_localhost("localhost.example"));
}

TEST(Names, AreLookedForByTheSearchListAndTheirDots) {
  const std::vector<std::string> search{"corp.example", "example"};
  EXPECT_EQ(lookup::candidates("Host", search, 1), (words{"host.corp.example", "host.example", "host"}));
  EXPECT_EQ(lookup::candidates("a.b", search, 1), (words{"a.b", "a.b.corp.example", "a.b.example"}));
  EXPECT_EQ(lookup::candidates("a.b", search, 2), (words{"a.b.corp.example", "a.b.example", "a.b"}));
  EXPECT_EQ(lookup::candidates("host", search, 0), (words{"host", "host.corp.example", "host.example"}));
  EXPECT_EQ(lookup::candidates("host.", search, 5), (words{"host"}));
  EXPECT_EQ(lookup::candidates("host", {}, 1), (words{"host"}));
  EXPECT_EQ(lookup::candidates("host", {"localhost", "a.localhost", "example", "my.onion"}, 1),
            (words{"host.example", "host"}))
      << "nobody may be asked about these";
  const std::string label(60, 'a');
  const std::string almost = label + '.' + label + '.' + label + '.' + label;
  EXPECT_EQ(lookup::candidates(almost, search, 1), (words{almost, almost + ".example"}))
      << "one would be too long";
}

TEST(Names, OfAddressesAreWrittenBackwards) {
  EXPECT_EQ(lookup::reverse_name(ipv4_address(192, 0, 2, 5)), "5.2.0.192.in-addr.arpa");
  EXPECT_EQ(lookup::reverse_name(ipv6_address::parse("2001:db8::567:89ab").value()),
            "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
  EXPECT_EQ(lookup::reverse_name(ipv6_address::v4_mapped(ipv4_address(192, 0, 2, 5))),
            "5.2.0.192.in-addr.arpa");
}

TEST(HostsFile, GivesAddressesInItsOrderAndTheFirstNameOfALine) {
  const lookup::hosts_table t(
      "# comment\n"
      "192.0.2.1 \t one.example One  # more\n"
      "  2001:db8::1 one\r\n"
      "\n"
      "192.0.2.1 one\n"
      "192.0.2.2 two.example. 2.two");
  const auto* const one = t.find("one");
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(sorted(one->addresses), (words{"192.0.2.1", "2001:db8::1"}));
  EXPECT_EQ(one->addresses.size(), 2U) << "the same line twice is one address";
  EXPECT_EQ(one->canonical, "one.example");
  ASSERT_NE(t.find("one.example"), nullptr);
  ASSERT_NE(t.find("two.example"), nullptr) << "a final dot makes no difference";
  ASSERT_NE(t.find("2.two"), nullptr) << "the last line needs no end";
  EXPECT_EQ(t.find("comment"), nullptr);
  EXPECT_EQ(t.find("more"), nullptr);
  ASSERT_NE(t.names_of(ipv4_address(192, 0, 2, 1)), nullptr);
  EXPECT_EQ(*t.names_of(ipv4_address(192, 0, 2, 1)), (words{"one.example", "one"}));
}

TEST(HostsFile, PassesOverWhatIsNoSuchLine) {
  const lookup::hosts_table t(
      "not-an-address a\n192.0.2.300 b\n192.0.2.1\n192.0.2.2 n\xc3\xa4me ok\n\1\xff\n0.0.0.0 blocked\n");
  EXPECT_EQ(t.find("a"), nullptr);
  EXPECT_EQ(t.find("b"), nullptr);
  EXPECT_NE(t.find("ok"), nullptr);
  EXPECT_NE(t.find("blocked"), nullptr);
  EXPECT_EQ(t.names_of(ipv4_address::any()), nullptr);
}

TEST(ResolvConf, GivesServersDomainsAndOptions) {
  const auto c = lookup::parse_resolv_conf(
      "# nameserver 192.0.2.9\n"
      "nameserver 192.0.2.1 # ours\n"
      "nameserver 2001:db8::1\n"
      "domain old.example\n"
      "search Corp.Example. example\n"
      "options ndots:2 timeout:7 rotate\n"
      "options attempts:4");
  ASSERT_EQ(c.servers.size(), 2U);
  EXPECT_EQ(c.servers[0].to_string(), "192.0.2.1:53");
  EXPECT_EQ(c.servers[1].to_string(), "[2001:db8::1]:53");
  EXPECT_EQ(c.search, (words{"corp.example", "example"})) << "the last of domain and search counts";
  EXPECT_EQ(c.ndots, 2U);
  EXPECT_EQ(c.timeout, 7s);
  EXPECT_EQ(c.tries, 4U);
  EXPECT_TRUE(c.rotate);
}

TEST(ResolvConf, PassesOverWhatItDoesNotKnowAndBoundsNumbers) {
  const auto c = lookup::parse_resolv_conf(
      "nameserver\nnameserver example.org\nsortlist 1.2.3.4\n"
      "options ndots:99 attempts:0 timeout:x edns0 ndots:\nsearch a..b ok\n");
  EXPECT_TRUE(c.servers.empty());
  EXPECT_EQ(c.search, (words{"ok"}));
  EXPECT_EQ(c.ndots, 15U);
  EXPECT_EQ(c.tries, 1U);
  EXPECT_EQ(c.timeout, std::nullopt);
  EXPECT_TRUE(lookup::parse_resolv_conf("").servers.empty());
}

}  // namespace
}  // namespace fairlead::testing
