// SPDX-License-Identifier: MIT
// A loop that polls before it sleeps: when it does, for how long, and that nothing waits for it.
#include <array>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include <fairlead/loop.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/timer.hpp>

#include "loop/poller.hpp"
#include "support/backends.hpp"
#include "support/expect.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;
using detail::poller;

poller after(polling how, std::initializer_list<duration> sleeps) {
  poller p(how, 200us);
  for (const duration d : sleeps) p.slept(d);
  return p;
}

TEST(Poller, BeginsBySleeping) {
  EXPECT_EQ(poller(polling::adaptive, 200us).window(), 0us);
  EXPECT_EQ(poller(polling::off, 200us).window(), 0us);
  EXPECT_FALSE(poller(polling::off, 200us).watches());
}

TEST(Poller, OpensItsWindowAsItIsWokenSoonUpToTheBound) {
  EXPECT_EQ(after(polling::adaptive, {80us}).window(), 10us);
  EXPECT_EQ(after(polling::adaptive, {80us, 80us}).window(), 20us);
  EXPECT_EQ(after(polling::adaptive, {80us, 80us, 80us, 80us, 80us, 80us, 80us, 200us}).window(), 200us);
}

TEST(Poller, ClosesItAsItSleepsLong) {
  EXPECT_EQ(after(polling::adaptive, {1us, 1us, 201us}).window(), 10us);
  EXPECT_EQ(after(polling::adaptive, {1us, 1us, 1s, 1h}).window(), 0us);
  EXPECT_EQ(after(polling::adaptive, {1h, 1h, 1h}).window(), 0us);
}

TEST(Poller, RestsLongerEachTimeItWasInTheWay) {
  poller p = after(polling::adaptive, {1us, 1us});
  for (const int rest : {8, 16, 32}) {
    p.was_in_the_way();
    EXPECT_EQ(p.window(), 0us);
    for (int i = 0; i < rest; ++i) p.slept(1us);
    EXPECT_EQ(p.window(), 0us) << "after " << rest;
    p.slept(1us);
    EXPECT_EQ(p.window(), 10us) << "after " << rest;
  }
}

TEST(Poller, RestsForHalfAsLongOnceItHasFoundSomethingOftenEnough) {
  poller p = after(polling::adaptive, {1us});
  const auto rests = [&p] {
    p.was_in_the_way();
    int n = 0;
    while (p.window() == 0us) p.slept(1us), ++n;
    return n - 1;  // the last one opened the window again
  };
  EXPECT_EQ(rests(), 8);
  EXPECT_EQ(rests(), 16);
  for (int i = 0; i < 64; ++i) p.found();
  EXPECT_EQ(rests(), 16) << "it would have been 32";
  for (int i = 0; i < 1000; ++i) p.found();
  EXPECT_EQ(rests(), 8) << "and never less";
}

TEST(Poller, IsNotPersuadedWhereItIsToPollAlwaysOrNever) {
  poller always = after(polling::always, {1h, 1h});
  always.was_in_the_way();
  EXPECT_EQ(always.window(), duration::max());
  poller off = after(polling::off, {1us, 1us});
  EXPECT_EQ(off.window(), 0us);
}

TEST(Poller, SleepsForAWhileAfterALargePieceUnlessItNeverDoes) {
  poller p = after(polling::adaptive, {1us});
  EXPECT_EQ(p.next_window(), 10us);
  p.moved_much();
  for (int i = 0; i < 8; ++i) EXPECT_EQ(p.next_window(), 0us) << i;
  EXPECT_EQ(p.next_window(), 10us);
  poller always(polling::always, 200us);
  always.moved_much();
  EXPECT_EQ(always.next_window(), duration::max());
}

TEST(Poller, TakesABoundOfNothingOrLessAsNothing) {
  poller p(polling::adaptive, -1s);
  p.slept(0us);
  EXPECT_EQ(p.window(), 0us);
}

using manner = std::tuple<backend, polling>;
class PollingLoop : public guarded<::testing::TestWithParam<manner>> {
 protected:
  static loop make() {
    const auto [b, p] = GetParam();
    return loop::create({.backend = b, .polling = p, .polling_bound = 5ms}).value();
  }
};

std::vector<manner> manners() {
  std::vector<manner> all;
  for (const backend b : backends_here()) {
    for (const polling p : {polling::off, polling::adaptive, polling::always}) all.emplace_back(b, p);
  }
  return all;
}
std::string name_of_manner(const ::testing::TestParamInfo<manner>& info) {
  constexpr std::array<const char*, 3> names{"off", "adaptive", "always"};
  return std::string(to_string(std::get<0>(info.param))) + "_" +
         names[static_cast<std::size_t>(std::get<1>(info.param))];
}
INSTANTIATE_TEST_SUITE_P(By, PollingLoop, ::testing::ValuesIn(manners()), name_of_manner);

task<result<void>> plays(tcp_stream s, int trips, bool begins) {
  std::array<char, 1> ball{'o'};
  for (int i = 0; i < trips; ++i) {
    if (begins) co_await or_return(s.send(ball));
    co_await or_return(s.recv_exactly(ball));
    if (!begins) co_await or_return(s.send(ball));
  }
  co_return {};
}

// Both loops find the other's ball, whether they poll or sleep when it comes.
TEST_P(PollingLoop, PlaysPingPongWithAnother) {
  auto pair = tcp_stream::pair().value();
  constexpr int trips = 2000;
  std::thread other([&] { expect_ok(make().run(plays(std::move(pair.second), trips, false))); });
  expect_ok(make().run(plays(std::move(pair.first), trips, true)));
  other.join();
}

TEST_P(PollingLoop, NeitherMissesNorHastensATimer) {
  const auto story = []() -> task<result<void>> {
    for (int i = 0; i < 20; ++i) {
      const time_point before = clock::now();
      co_await or_return(sleep_for(std::chrono::microseconds(100 * i)));
      EXPECT_GE(clock::now() - before, std::chrono::microseconds(100 * i));
    }
    co_return {};
  };
  expect_ok(make().run(story()));
}

TEST_P(PollingLoop, HearsWhatOtherThreadsPost) {
  loop l = make();
  std::atomic<int> asked{0};
  int heard = 0;
  std::jthread other([&](std::stop_token stop) {
    while (!stop.stop_requested()) {
      const int n = asked.load();
      if (n == 0) continue;
      asked = 0;
      l.post([&heard] { ++heard; });
    }
  });
  const auto story = [&]() -> task<result<void>> {
    for (int i = 1; i <= 50; ++i) {
      asked = i;
      while (heard < i) co_await or_return(sleep_for(std::chrono::microseconds(i % 3 == 0 ? 300 : 0)));
    }
    co_return {};
  };
  expect_ok(l.run(story()));
  EXPECT_EQ(heard, 50);
}

// Everything else that a loop does goes on while it polls: stops, deadlines, tasks that end.
TEST_P(PollingLoop, EndsOperationsAsAnyLoop) {
  auto pair = tcp_stream::pair().value();
  const auto story = [](tcp_stream& s) -> task<result<void>> {
    std::array<char, 1> nothing{};
    expect_error(co_await s.recv(nothing).within(2ms), errc::timed_out);
    std::stop_source stop;
    scope others;
    others.spawn([](std::stop_source& asks) -> task<result<void>> {
      co_await or_return(sleep_for(1ms));
      asks.request_stop();
      co_return {};
    }(stop));
    expect_error(co_await s.recv(nothing).stop_on(stop.get_token()), errc::operation_canceled);
    co_return co_await others.join();
  };
  expect_ok(make().run(story(pair.first)));
}

}  // namespace
}  // namespace fairlead::testing
