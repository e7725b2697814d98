// SPDX-License-Identifier: MIT
// Happy Eyeballs version 2 (RFC 8305): who is tried, in which order, and when. Times are told by the log of
// what was done, never by a clock of the test's.
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fairlead/dial.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/timer.hpp>

#include "dial/race.hpp"
#include "dial/resolving.hpp"
#include "stream/ways.hpp"
#include "support/black_hole.hpp"
#include "support/expect.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;
using detail::address_queue;

class HappyEyeballs : public every_way {};
FAIRLEAD_IN_EVERY_WAY(HappyEyeballs);

ip_address address(const char* text) { return ip_address::parse(text).value(); }

std::vector<std::string> all_of(address_queue q) {
  std::vector<std::string> all;
  while (!q.empty()) all.push_back(q.take().address().to_string());
  return all;
}

TEST(AddressQueue, LetsTheFamiliesTakeTurnsAndKeepsTheirOrder) {
  address_queue q;
  q.add({address("10.0.0.1"), address("10.0.0.2"), address("10.0.0.3")}, port(80));
  q.add({address("2001:db8::1"), address("2001:db8::2")}, port(80));
  EXPECT_EQ(all_of(q), (words{"2001:db8::1", "10.0.0.1", "2001:db8::2", "10.0.0.2", "10.0.0.3"}));
  q.prefer(family::ipv4);
  EXPECT_EQ(all_of(q), (words{"10.0.0.1", "2001:db8::1", "10.0.0.2", "2001:db8::2", "10.0.0.3"}));
}

TEST(AddressQueue, TakesWhatComesLaterInTurn) {
  address_queue q;
  q.add({address("10.0.0.1"), address("10.0.0.2")}, port(80));
  EXPECT_EQ(q.take().address(), address("10.0.0.1"));
  q.add({address("2001:db8::1")}, port(443));
  EXPECT_EQ(q.take(), ip_endpoint(address("2001:db8::1"), port(443)));
  EXPECT_EQ(q.take().address(), address("10.0.0.2"));
  EXPECT_TRUE(q.empty());
}

/// Answers what it is told, when it is told.
class answers final : public detail::address_source {
 public:
  struct reply {
    std::vector<ip_address> addresses;
    duration after{};
    std::optional<error> failed;
    const bool* once = nullptr;  ///< not before this is so
  };
  answers(reply sixth, reply fourth) : sixth_(std::move(sixth)), fourth_(std::move(fourth)) {}
  task<result<std::vector<ip_address>>> addresses(family f) override {
    const reply& r = f == family::ipv6 ? sixth_ : fourth_;
    ++asked;
    if (r.after > duration::zero()) co_await or_return(sleep_for(r.after));
    while (r.once != nullptr && !*r.once) co_await or_return(sleep_for(1ms));
    if (r.failed) co_return std::unexpected(*r.failed);
    co_return r.addresses;
  }
  int asked = 0;

 private:
  reply sixth_;
  reply fourth_;
};

answers::reply at_once(const char* a) { return {{address(a)}, {}, {}}; }
answers::reply later(const char* a, duration after) { return {{address(a)}, after, {}}; }
answers::reply as_soon_as(const bool& once, const char* a) { return {{address(a)}, {}, {}, &once}; }
answers::reply never() { return {{}, 1h, {}}; }
answers::reply none() { return {{}, {}, error::about(fault::unknown_name, verb::resolve, "host.example")}; }
answers::reply silence() {
  return {{}, {}, error::about(fault::no_answer, verb::resolve, "host.example", "127.0.0.1:53 was silent")};
}

task<result<tcp_stream>> race_for(answers& source, port p, const dial_options& how, duration limit = soon) {
  detail::race r(how, "tcp://host.example:" + p.to_string());
  co_return co_await r.run(&source, p).within(limit);
}

tcp_listener listener_at(ip_address a) { return value_of(tcp_listener::listen({a, port(0)})); }
ip_endpoint where(const tcp_listener& l) { return value_of(l.local_endpoint()).ip(); }

// Somebody at a port of one family, and a listener at the same port of the other one, where somebody else may
// be.
template <class Somebody>
std::pair<std::unique_ptr<Somebody>, tcp_listener> at_one_port(auto first, ip_address other) {
  std::vector<std::unique_ptr<Somebody>> tried;  // kept, so that the kernel gives other ports
  for (int i = 0; i < 100; ++i) {
    tried.push_back(std::make_unique<Somebody>(first));
    auto l = tcp_listener::listen({other, tried.back()->where().port()});
    if (l) return {std::move(tried.back()), std::move(*l)};
  }
  throw std::runtime_error("no port is free in both families");
}

struct dialled {
  dial_log log;
  dial_options how;
  dialled() { how.log = &log; }
  [[nodiscard]] words tried() const {
    words all;
    for (const dial_attempt& a : log.attempts) all.push_back(a.peer.address().to_string());
    return all;
  }
};

TEST_P(HappyEyeballs, AsksForBothFamiliesAndPrefersTheSixth) {
  const auto listener = listener_at(ipv6_address::loopback());
  answers source(at_once("::1"), at_once("127.0.0.1"));
  dialled d;
  d.how.attempt_delay = 1h;  // however slow the machine is, the other one has no turn
  const auto c = value_of(run(race_for(source, where(listener).port(), d.how)));
  EXPECT_EQ(value_of(c.peer_endpoint()).ip(), where(listener));
  EXPECT_EQ(source.asked, 2);
  EXPECT_EQ(d.tried(), words{"::1"});
  EXPECT_FALSE(d.log.attempts.front().failed);
  EXPECT_TRUE(d.log.resolved);
}

TEST_P(HappyEyeballs, WaitsALittleForTheSixthWhenTheFourthIsKnownFirst) {
  const auto listener = listener_at(ipv6_address::loopback());
  answers source(later("::1", 1ms), at_once("127.0.0.1"));
  dialled d;
  d.how.resolution_delay = 1h;
  d.how.attempt_delay = 1h;
  (void)value_of(run(race_for(source, where(listener).port(), d.how)));
  EXPECT_EQ(d.tried(), words{"::1"});
}

TEST_P(HappyEyeballs, WaitsNoLongerThanTheResolutionDelay) {
  const auto listener = listener_at(ipv4_address::loopback());
  answers source(never(), at_once("127.0.0.1"));
  dialled d;
  d.how.resolution_delay = 20ms;
  (void)value_of(run(race_for(source, where(listener).port(), d.how)));
  ASSERT_EQ(d.tried(), words{"127.0.0.1"});
  EXPECT_GE(d.log.attempts.front().began, *d.log.resolved + 20ms);
}

TEST_P(HappyEyeballs, DoesNotWaitForASixthThatDoesNotExist) {
  const auto listener = listener_at(ipv4_address::loopback());
  for (const auto& sixth : {none(), silence()}) {
    answers source(sixth, at_once("127.0.0.1"));
    dialled d;
    d.how.resolution_delay = 1h;
    (void)value_of(run(race_for(source, where(listener).port(), d.how)));
    EXPECT_EQ(d.tried(), words{"127.0.0.1"});
  }
}

TEST_P(HappyEyeballs, DoesNotWaitForTheFourthAtAll) {
  const auto listener = listener_at(ipv6_address::loopback());
  answers source(at_once("::1"), never());
  dialled d;
  (void)value_of(run(race_for(source, where(listener).port(), d.how)));
  EXPECT_EQ(d.tried(), words{"::1"});
}

TEST_P(HappyEyeballs, PaysADeadAddressOneAttemptDelayAndCancelsIt) {
  const auto [dead, alive] =
      at_one_port<black_hole>(ip_endpoint(ipv6_address::loopback(), port(0)), ipv4_address::loopback());
  answers source(at_once("::1"), at_once("127.0.0.1"));
  dialled d;
  d.how.attempt_delay = 20ms;
  const auto c = value_of(run(race_for(source, where(alive).port(), d.how)));
  EXPECT_EQ(value_of(c.peer_endpoint()).ip(), where(alive));
  ASSERT_EQ(d.tried(), (words{"::1", "127.0.0.1"}));
  EXPECT_GE(d.log.attempts[1].began, d.log.attempts[0].began + 20ms);
  ASSERT_TRUE(d.log.attempts[0].failed);
  EXPECT_EQ(*d.log.attempts[0].failed, errc::operation_canceled);
}

TEST_P(HappyEyeballs, DoesNotWaitForWhoHasSaidNo) {
  const auto [refusing, alive] =
      at_one_port<refusing_port>(ip_address(ipv6_address::loopback()), ipv4_address::loopback());
  answers source(at_once("::1"), at_once("127.0.0.1"));
  dialled d;
  d.how.attempt_delay = 1h;
  (void)value_of(run(race_for(source, where(alive).port(), d.how)));
  ASSERT_EQ(d.tried(), (words{"::1", "127.0.0.1"}));
  EXPECT_EQ(*d.log.attempts[0].failed, errc::connection_refused);
}

// An option that sees that somebody is about to connect.
struct seen_connecting {
  mutable bool so = false;
  result<void> apply(basic_socket& /*unused*/) const {
    so = true;
    return {};
  }
};

TEST_P(HappyEyeballs, TriesAnAddressThatIsKnownOnlyLater) {
  const auto [dead, alive] =
      at_one_port<black_hole>(ip_endpoint(ipv4_address::loopback(), port(0)), ipv6_address::loopback());
  const seen_connecting first;
  answers source(as_soon_as(first.so, "::1"), at_once("127.0.0.1"));
  dialled d;
  d.how.with(first);
  d.how.resolution_delay = 1ms;
  d.how.attempt_delay = 20ms;
  (void)value_of(run(race_for(source, where(alive).port(), d.how)));
  EXPECT_EQ(d.tried(), (words{"127.0.0.1", "::1"}));
}

TEST_P(HappyEyeballs, AsksForTheWantedFamilyOnly) {
  const auto listener = listener_at(ipv4_address::loopback());
  answers source(at_once("::1"), at_once("127.0.0.1"));
  dialled d;
  d.how.wanted = family::ipv4;
  (void)value_of(run(race_for(source, where(listener).port(), d.how)));
  EXPECT_EQ(source.asked, 1);
  EXPECT_EQ(d.tried(), words{"127.0.0.1"});
}

TEST_P(HappyEyeballs, TellsOfEveryAddressHowLongItTookAndWhyItFailed) {
  const refusing_port refusing(ipv6_address::loopback());
  const std::string p = refusing.where().port().to_string();
  answers source(at_once("::1"), at_once("127.0.0.1"));
  const auto c = run(race_for(source, refusing.where().port(), dial_options()));
  expect_error(c, errc::connection_refused);
  EXPECT_NE(c.error().message(), without_times(c.error().message()));
  EXPECT_EQ(without_times(c.error().message()), "connect tcp://host.example:" + p + ": [::1]:" + p +
                                                    ": connection refused; 127.0.0.1:" + p +
                                                    ": connection refused");
}

TEST_P(HappyEyeballs, GivesUpAfterManyAddressesAndTellsOfAFew) {
  const refusing_port refusing(ipv4_address::loopback());
  answers::reply many;
  for (unsigned i = 1; i <= 200; ++i)
    many.addresses.push_back(address(("127.0.0." + std::to_string(i)).c_str()));
  answers source(none(), many);
  dialled d;
  const auto c = run(race_for(source, refusing.where().port(), d.how));
  expect_error(c, errc::connection_refused);
  EXPECT_EQ(d.log.attempts.size(), 64U);
  EXPECT_TRUE(c.error().message().ends_with("; and 54 others")) << c.error().message();
}

TEST_P(HappyEyeballs, HasOneDeadlineAndTellsWhatItWaitedFor) {
  const black_hole dead({ipv4_address::loopback(), port(0)});
  answers source(silence(), at_once("127.0.0.1"));
  const auto c = run(race_for(source, dead.where().port(), dial_options(), 500ms));
  expect_error(c, errc::timed_out);
  EXPECT_EQ(without_times(c.error().message()),
            "connect tcp://host.example:" + dead.where().port().to_string() + ": " +
                dead.where().to_string() +
                ": timed out; looking up its IPv6 addresses: 127.0.0.1:53 was silent");
}

TEST_P(HappyEyeballs, SaysOfAHostWithoutAddressesWhatTheNamesSaid) {
  answers nowhere(none(), none());
  expect_error(run(race_for(nowhere, port(80), dial_options())), fault::unknown_name);
  answers sixth_silent(silence(), none());
  expect_error(run(race_for(sixth_silent, port(80), dial_options())), fault::no_answer);
  answers fourth_silent(none(), silence());
  expect_error(run(race_for(fourth_silent, port(80), dial_options())), fault::no_answer);
}

TEST_P(HappyEyeballs, IsStoppedAtEveryStepAndLeavesNothingBehind) {
  const black_hole dead({ipv6_address::loopback(), port(0)});
  const auto stopped = [&](answers source) {
    std::stop_source stop;
    const auto story = [](answers& from, port p, std::stop_source& s) -> task<result<tcp_stream>> {
      const dial_options how;
      scope all;
      all.spawn([](std::stop_source& by) -> task<> {
        (void)co_await sleep_for(5ms);
        by.request_stop();
      }(s));
      co_return co_await race_for(from, p, how).stop_on(s.get_token());
    };
    expect_error(run(story(source, dead.where().port(), stop)), errc::operation_canceled);
  };
  stopped(answers(never(), never()));                // while names are asked
  stopped(answers(never(), at_once("127.0.0.1")));   // in the resolution delay
  stopped(answers(at_once("::1"), never()));         // while connecting
  stopped(answers(at_once("::1"), at_once("::1")));  // between two attempts
}

TEST_P(HappyEyeballs, TriesAListOfEndpointsInItsOrder) {
  const refusing_port refusing(ipv4_address::loopback());
  const auto alive = listener_at(ipv6_address::loopback());
  dialled d;
  const auto story = [&](std::vector<ip_endpoint> to) -> task<result<tcp_stream>> {
    return dial_tcp(std::move(to), d.how);
  };
  (void)value_of(run(story({refusing.where(), where(alive)})));
  EXPECT_EQ(d.tried(), (words{"127.0.0.1", "::1"}));
  EXPECT_FALSE(d.log.resolved) << "nothing had to be looked up";
  expect_error(run(story({})), errc::invalid_argument);
  const auto none_left = run(story({refusing.where(), refusing.where()}));
  expect_error(none_left, errc::connection_refused);
  EXPECT_TRUE(none_left.error().message().starts_with("connect one of 2 addresses: 127.0.0.1:"))
      << none_left.error().message();
}

}  // namespace
}  // namespace fairlead::testing
