// SPDX-License-Identifier: MIT
// What is known of a name without asking anybody.
#include <fairlead/resolve.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dial/resolving.hpp"
#include "stream/ways.hpp"
#include "support/expect.hpp"

namespace fairlead::testing {
namespace {

class Resolve : public every_way {};
FAIRLEAD_IN_EVERY_WAY(Resolve);

std::vector<std::string> texts(const std::vector<ip_endpoint>& endpoints) {
  std::vector<std::string> all;
  for (const ip_endpoint& e : endpoints) all.push_back(e.to_string());
  return all;
}

const words both_loopbacks{"[::1]:80", "127.0.0.1:80"};

TEST_P(Resolve, GivesLocalhostBothItsAddressesAndTheSixthVersionFirst) {
  for (const char* const name :
       {"localhost", "LocalHost", "localhost.", "app.localhost", "a.b.LOCALHOST.", ""}) {
    EXPECT_EQ(texts(value_of(run(resolve(name, port(80))))), both_loopbacks) << name;
  }
  EXPECT_EQ(texts(value_of(run(resolve("localhost", port(80), family::ipv4)))), (words{"127.0.0.1:80"}));
  EXPECT_EQ(texts(value_of(run(resolve("localhost", port(80), family::ipv6)))), (words{"[::1]:80"}));
}

TEST_P(Resolve, GivesFiguresAsTheyAre) {
  EXPECT_EQ(texts(value_of(run(resolve("192.0.2.7", port(1))))), (words{"192.0.2.7:1"}));
  EXPECT_EQ(texts(value_of(run(resolve("2001:DB8::0:1", port(65535))))), (words{"[2001:db8::1]:65535"}));
  EXPECT_EQ(run(resolve("192.0.2.7", port(1), family::ipv6)).error().message(),
            "resolve 192.0.2.7: it has no IPv6 address");
  expect_error(run(resolve("::1", port(1), family::ipv4)), errc::address_family_not_supported);
}

TEST_P(Resolve, AsksNobodyAboutWhatCannotBeAName) {
  for (const char* const name :
       {".localhost", "127.1", ".", "no such name", "a..b", "0x7f.1", "n\xc3\xa4me"}) {
    expect_error(run(resolve(name, port(80))), fault::bad_syntax);
  }
  EXPECT_EQ(run(resolve("nothing.invalid", port(80))).error().message(),
            "resolve nothing.invalid: no such name: nothing is called .invalid (RFC 6761)");
}

TEST_P(Resolve, TakesServicesByName) {
  EXPECT_EQ(texts(value_of(run(resolve("192.0.2.7", "http")))), (words{"192.0.2.7:80"}));
  EXPECT_EQ(texts(value_of(run(resolve("localhost", std::string("443"), family::ipv4)))),
            (words{"127.0.0.1:443"}));
  expect_error(run(resolve("localhost", "no-such-service")), fault::unknown_name);
}

}  // namespace
}  // namespace fairlead::testing
