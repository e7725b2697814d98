// SPDX-License-Identifier: MIT
// The timer wheel on a clock of its own, against a model that is too simple to be wrong.
#include "loop/timer_wheel.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace fairlead;
using namespace std::chrono_literals;
using detail::timer_node;
using detail::timer_wheel;

constexpr auto tick = std::chrono::nanoseconds(1 << 16);

struct alarm : timer_node {
  int fired = 0;
  alarm() {
    fire = [](timer_node& n) { ++static_cast<alarm&>(n).fired; };
  }
};

const time_point start = time_point(1000h);

TEST(TimerWheel, IsEmptyAndHasNoNextDeadlineAtFirst) {
  timer_wheel w(start);
  EXPECT_TRUE(w.empty());
  EXPECT_EQ(w.next(), time_point::max());
}

TEST(TimerWheel, FiresAtTheDeadlineAndNeverBefore) {
  for (const duration d :
       {duration(1ns), duration(tick), duration(1ms), duration(63 * tick), duration(64 * tick),
        duration(65 * tick), duration(4096 * tick), duration(10s), duration(24h), duration(9000h)}) {
    timer_wheel w(start);
    alarm a;
    w.arm(a, start + d);
    w.expire(start + d - 1ns);
    EXPECT_EQ(a.fired, 0) << d.count();
    w.expire(start + d + tick);
    EXPECT_EQ(a.fired, 1) << d.count();
    EXPECT_TRUE(w.empty());
  }
}

TEST(TimerWheel, NextIsNeverLaterThanTheFirstDeadlineByMoreThanATick) {
  timer_wheel w(start);
  std::array<alarm, 3> alarms;
  w.arm(alarms[0], start + 5s);
  w.arm(alarms[1], start + 7ms);
  w.arm(alarms[2], start + 3h);
  EXPECT_LE(w.next(), start + 7ms + tick);
  for (alarm& a : alarms) w.cancel(a);
}

TEST(TimerWheel, ADeadlineThatHasPassedFiresNext) {
  timer_wheel w(start);
  alarm a;
  w.arm(a, start - 1h);
  EXPECT_EQ(w.next(), time_point::min());
  w.expire(start);
  EXPECT_EQ(a.fired, 1);
}

TEST(TimerWheel, TheEndOfTimeCanBeWaitedFor) {
  timer_wheel w(start);
  alarm a;
  w.arm(a, time_point::max());
  w.expire(start + 100000h);
  EXPECT_EQ(a.fired, 0);
  w.cancel(a);
  EXPECT_TRUE(w.empty());
}

TEST(TimerWheel, ACancelledTimerDoesNotFireAndCanBeArmedAgain) {
  timer_wheel w(start);
  alarm a;
  w.arm(a, start + 1s);
  w.cancel(a);
  w.cancel(a);
  EXPECT_TRUE(w.empty());
  w.expire(start + 2s);
  EXPECT_EQ(a.fired, 0);
  w.arm(a, start + 3s);
  w.expire(start + 4s);
  EXPECT_EQ(a.fired, 1);
}

TEST(TimerWheel, AFiringTimerMayCancelOneThatIsDueInTheSameTurn) {
  timer_wheel w(start);
  struct killer : timer_node {
    timer_wheel* wheel = nullptr;
    alarm* other = nullptr;
  } k;
  alarm victim;
  k.wheel = &w;
  k.other = &victim;
  k.fire = [](timer_node& n) {
    auto& self = static_cast<killer&>(n);
    self.wheel->cancel(*self.other);
  };
  w.arm(k, start + 1ms);
  w.arm(victim, start + 1ms);
  w.expire(start + 1s);
  EXPECT_EQ(victim.fired, 0);
  EXPECT_TRUE(w.empty());
}

TEST(TimerWheel, AFiringTimerMayArmItselfAgain) {
  timer_wheel w(start);
  struct repeating : timer_node {
    timer_wheel* wheel = nullptr;
    int fired = 0;
  } r;
  r.wheel = &w;
  r.fire = [](timer_node& n) {
    auto& self = static_cast<repeating&>(n);
    if (++self.fired < 3) self.wheel->arm(self, self.when + 10ms);
  };
  w.arm(r, start + 10ms);
  for (int i = 1; i <= 5; ++i) w.expire(start + i * 10ms + tick);
  EXPECT_EQ(r.fired, 3);
}

TEST(TimerWheel, AgreesWithASimpleModelOnRandomHistories) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random(seed);
    timer_wheel w(start);
    struct entry {
      alarm node;
      std::optional<time_point> due;
      int expected = 0;
    };
    std::vector<std::unique_ptr<entry>> all;
    for (int i = 0; i < 200; ++i) all.push_back(std::make_unique<entry>());
    time_point now = start;
    for (int step = 0; step < 3000; ++step) {
      entry& e = *all[random() % all.size()];
      const auto span = std::chrono::nanoseconds(static_cast<std::int64_t>(random() >> (24 + random() % 30)));
      switch (random() % 4) {
        case 0:
        case 1:
          if (!e.due) {
            e.due = now + span;
            w.arm(e.node, *e.due);
          }
          break;
        case 2:
          if (e.due) {
            w.cancel(e.node);
            e.due.reset();
          }
          break;
        default:
          now += span / 64;
          w.expire(now);
          for (const auto& one : all) {
            if (!one->due) continue;
            // What is due a tick ago must have fired, what is not due must not; in between both are right.
            if (*one->due + tick <= now) {
              one->due.reset();
              ++one->expected;
            } else if (one->node.fired > one->expected) {
              EXPECT_LE(*one->due, now) << "fired early, seed " << seed;
              one->due.reset();
              ++one->expected;
            }
          }
      }
      for (const auto& one : all)
        ASSERT_EQ(one->node.fired, one->expected) << "seed " << seed << " step " << step;
      if (const auto first = std::min_element(all.begin(), all.end(),
                                              [](const auto& a, const auto& b) {
                                                return a->due.value_or(time_point::max()) <
                                                       b->due.value_or(time_point::max());
                                              });
          (*first)->due) {
        ASSERT_LE(w.next(), *(*first)->due + tick);
      }
    }
    for (const auto& one : all) w.cancel(one->node);
    EXPECT_TRUE(w.empty());
  }
}

}  // namespace
