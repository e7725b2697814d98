// SPDX-License-Identifier: MIT
// Looking names up at a real server: dnsmasq on loopback.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <thread>
#include <vector>

#include <fairlead/or_return.hpp>
#include <fairlead/resolve.hpp>
#include <fairlead/scope.hpp>

#include "dial/resolving.hpp"

namespace fairlead::testing {
namespace {

// One server for all the tests: it has no state that they could change.
const dnsmasq& server() {
  static const dnsmasq s = [] {
    std::vector<std::string> options{
        "--host-record=www.test,192.0.2.1,2001:db8::1",
        "--host-record=v4.test,192.0.2.4",
        "--host-record=v6.test,2001:db8::6",
        "--cname=alias.test,www.test",
        "--srv-host=_chat._tcp.test,one.test,5001,10,0",
        "--srv-host=_chat._tcp.test,two.test,5002,10,100",
        "--srv-host=_chat._tcp.test,last.test,5003,20,1",
        "--txt-record=words.test,v=1,and more",
        "--mx-host=mail.test,second.test,20",
        "--mx-host=mail.test,first.test,10",
        "--ptr-record=9.2.0.192.in-addr.arpa,nine.test",
        "--local-ttl=300",
    };
    for (int i = 0; i < 60; ++i) options.push_back("--host-record=many.test,198.51.100." + std::to_string(i));
    for (int i = 0; i < 100; ++i)
      options.push_back("--host-record=n" + std::to_string(i) + ".test,203.0.113." + std::to_string(i));
    return dnsmasq(options);
  }();
  return s;
}

resolver at_server(resolver_options more = {}) {
  more.servers = {server().where()};
  return made_by(std::move(more));
}

class LookUps : public every_way {};
FAIRLEAD_IN_EVERY_WAY(LookUps);

TEST_P(LookUps, FindAddressesOfBothFamiliesOrOfOne) {
  const resolver r = at_server();
  const auto both = value_of(run(r.addresses("www.test")));
  EXPECT_EQ(sorted(both.records), (words{"192.0.2.1", "2001:db8::1"}));
  EXPECT_EQ(both.source, answer_source::server);
  EXPECT_EQ(both.server, server().where());
  EXPECT_EQ(both.canonical_name, "www.test");
  EXPECT_GT(both.time_to_live, 200s);
  EXPECT_LE(both.time_to_live, 300s);
  EXPECT_EQ(sorted(value_of(run(r.addresses("www.test", family::ipv4))).records), (words{"192.0.2.1"}));
  EXPECT_EQ(sorted(value_of(run(r.addresses("WWW.Test.", family::ipv6))).records), (words{"2001:db8::1"}));
  EXPECT_EQ(sorted(value_of(run(r.addresses("v4.test"))).records), (words{"192.0.2.4"}));
  EXPECT_EQ(sorted(value_of(run(r.addresses("v6.test"))).records), (words{"2001:db8::6"}));
}

TEST_P(LookUps, SayWhichNameAnAliasStandsFor) {
  const auto a = value_of(run(at_server().addresses("alias.test")));
  EXPECT_EQ(sorted(a.records), (words{"192.0.2.1", "2001:db8::1"}));
  EXPECT_EQ(a.canonical_name, "www.test");
}

TEST_P(LookUps, SayThatThereIsNoSuchNameAndWhomTheyAsked) {
  const auto r = run(at_server().addresses("nosuch.test"));
  expect_error(r, fault::unknown_name);
  EXPECT_EQ(r.error().message(),
            "resolve nosuch.test: no such name (asked " + server().where().to_string() + ")");
}

TEST_P(LookUps, SayThatANameHasNoAddressOfTheFamily) {
  const auto r = run(at_server().addresses("v4.test", family::ipv6));
  expect_error(r, fault::unknown_name);
  EXPECT_EQ(r.error().message(),
            "resolve v4.test: it has no IPv6 address (asked " + server().where().to_string() + ")");
  const auto none = run(at_server().addresses("words.test"));
  EXPECT_EQ(none.error().message(),
            "resolve words.test: it has no address (asked " + server().where().to_string() + ")");
}

TEST_P(LookUps, FindTheNamesOfAddresses) {
  EXPECT_EQ(value_of(run(at_server().names(ipv4_address(192, 0, 2, 9)))).records, (words{"nine.test"}));
  EXPECT_EQ(value_of(run(at_server().names(ipv6_address::parse("2001:db8::6").value()))).records,
            (words{"v6.test"}));
  const auto r = run(at_server().names(ipv4_address(192, 0, 2, 77)));
  expect_error(r, fault::unknown_name);
  EXPECT_EQ(r.error().message(),
            "resolve 192.0.2.77: no such name (asked " + server().where().to_string() + ")");
}

TEST_P(LookUps, FindServicesByPriorityAndThenByWeight) {
  const auto a = value_of(run(at_server().services("_chat._tcp.test")));
  ASSERT_EQ(a.records.size(), 3U);
  EXPECT_EQ(a.records[2], (service_record{"last.test", 5003, 20, 1}));
  EXPECT_EQ(a.records[0].priority, 10);
  EXPECT_EQ(a.records[1].priority, 10);
}

TEST_P(LookUps, FindTextsWithTheirPiecesPutTogether) {
  EXPECT_EQ(value_of(run(at_server().texts("words.test"))).records, (words{"v=1and more"}));
}

TEST_P(LookUps, FindMailExchangersByPreference) {
  const auto a = value_of(run(at_server().mail_exchangers("mail.test")));
  EXPECT_EQ(a.records, (std::vector<mail_exchanger>{{"first.test", 10}, {"second.test", 20}}));
}

TEST_P(LookUps, GetAnswersThatFitInNoDatagramOverTcp) {
  const auto a = value_of(run(at_server().addresses("many.test")));
  EXPECT_EQ(a.records.size(), 60U);
}

TEST_P(LookUps, LookInTheSearchDomainsForShortNames) {
  resolver_options o;
  o.search = {"nosuch.test", "test"};
  const resolver r = at_server(o);
  const auto a = value_of(run(r.addresses("v4")));
  EXPECT_EQ(sorted(a.records), (words{"192.0.2.4"}));
  EXPECT_EQ(a.canonical_name, "v4.test");
  const auto none = run(r.addresses("nothing.at-all.test"));
  EXPECT_TRUE(none.error().message().ends_with(
      " for nothing.at-all.test, nothing.at-all.test.nosuch.test, nothing.at-all.test.test)"))
      << none.error().message();
  // A final dot means: here and nowhere else.
  EXPECT_FALSE(run(r.addresses("v4.")));
}

TEST_P(LookUps, OfAThousandNamesAtOnceAllEnd) {
  resolver_options o;
  o.cache_entries = 0;
  const resolver r = at_server(o);
  const auto story = [](const resolver& by) -> task<result<std::size_t>> {
    scope all;
    std::size_t right = 0;
    for (int i = 0; i < (sanitized ? 200 : 1000); ++i) {
      all.spawn([](const resolver& with, int n, std::size_t& count) -> task<result<void>> {
        const std::string name = "n" + std::to_string(n % 100) + ".test";
        const auto a = co_await or_return(with.addresses(name, family::ipv4));
        if (a.records.front() == ipv4_address(203, 0, 113, static_cast<std::uint8_t>(n % 100))) ++count;
        co_return {};
      }(by, i, right));
    }
    result<void> joined = co_await all.join();
    co_await or_return(std::move(joined));
    co_return right;
  };
  EXPECT_EQ(value_of(run(story(r))), sanitized ? 200U : 1000U);
}

TEST(LookUpsOnThreads, ShareOneResolver) {
  const hang_guard guard;
  const resolver r = at_server();
  std::vector<std::jthread> threads;
  std::atomic<int> right = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([copy = r, &right] {
      for (int i = 0; i < 50; ++i) {
        const auto a = copy.addresses("n" + std::to_string(i) + ".test", family::ipv4).wait();
        if (a && a->records.size() == 1) ++right;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(right, 200);
}

}  // namespace
}  // namespace fairlead::testing
