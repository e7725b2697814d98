// SPDX-License-Identifier: MIT
// Waiting in line, across loops and threads.
#include "dial/gate.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/timer.hpp>

#include "dial/resolving.hpp"

namespace fairlead::testing {
namespace {

using lookup::gate;

class Gate : public every_way {};
FAIRLEAD_IN_EVERY_WAY(Gate);

TEST_P(Gate, LetsInAsManyAsThereArePlaces) {
  gate g(2);
  gate::visitor a(g);
  gate::visitor b(g);
  gate::visitor c(g);
  expect_ok(run(a.enter()));
  expect_ok(run(b.enter()));
  expect_error(c.enter().within(10ms).wait(), errc::timed_out);
}

TEST_P(Gate, GivesTheNextInLineThePlaceOfWhoLeaves) {
  const auto story = [](std::string& seen) -> task<result<void>> {
    gate g(1);
    scope all;
    const auto visit = [](gate& at, char name, std::string& to) -> task<result<void>> {
      gate::visitor v(at);
      co_await or_return(v.enter());
      to += name;
      co_await yield();
      co_return {};
    };
    for (const char name : {'a', 'b', 'c', 'd'}) all.spawn(visit(g, name, seen));
    co_return co_await all.join();
  };
  std::string seen;
  expect_ok(run(story(seen)));
  EXPECT_EQ(seen, "abcd");
}

TEST_P(Gate, GivesThePlaceOnWhenWhoIsNextHasGone) {
  const auto story = []() -> task<result<bool>> {
    gate g(1);
    std::optional<gate::visitor> first(std::in_place, g);
    co_await or_return(first->enter());
    bool came = false;
    scope impatient;
    scope patient;
    const auto visit = [](gate& at, bool& done) -> task<result<void>> {
      gate::visitor v(at);
      co_await or_return(v.enter());
      done = true;
      co_return {};
    };
    bool never = false;
    impatient.spawn(visit(g, never));
    patient.spawn(visit(g, came));
    for (int turn = 0; turn < 3; ++turn) co_await yield();
    first.reset();  // its place is given on, and whoever gets it is stopped before it runs
    impatient.request_stop();
    (void)co_await impatient.join();
    result<void> joined = co_await patient.join();
    co_await or_return(std::move(joined));
    co_return came;
  };
  EXPECT_TRUE(value_of(run(story())));
}

TEST(GateOfThreads, NeverHoldsMoreThanItsPlaces) {
  const hang_guard guard;
  gate g(3);
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::atomic<int> visits = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        gate::visitor v(g);
        // Some are so impatient that they leave the line.
        const auto in = i % 3 == 0 ? v.enter().within(std::chrono::microseconds(i)).wait() : v.enter().wait();
        if (!in) continue;
        const int now = ++inside;
        int before = most.load();
        while (now > before && !most.compare_exchange_weak(before, now)) continue;
        ++visits;
        --inside;
      }
    });
  }
  threads.clear();
  EXPECT_LE(most, 3);
  EXPECT_GE(visits, 8 * 133);
  gate::visitor a(g);
  gate::visitor b(g);
  gate::visitor c(g);
  expect_ok(a.enter().within(soon).wait());
  expect_ok(b.enter().within(soon).wait());
  expect_ok(c.enter().within(soon).wait());
}

}  // namespace
}  // namespace fairlead::testing
