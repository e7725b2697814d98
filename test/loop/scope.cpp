// SPDX-License-Identifier: MIT
// Structured concurrency: nothing is detached, stop is inherited, the first error is kept.
#include <fairlead/loop.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/timer.hpp>

#include <array>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "loop/counted.hpp"
#include "support/backends.hpp"
#include "support/expect.hpp"

namespace {

using namespace fairlead;
using namespace fairlead::testing;
using namespace std::chrono_literals;

class Scope : public every_backend {};
FAIRLEAD_ON_EVERY_BACKEND(Scope);

task<result<void>> sleep_for_ever(int& alive, errc* ended = nullptr) {
  const counted local(alive);
  const result<void> r = co_await sleep_for(24h);
  if (!r && ended != nullptr) *ended = static_cast<errc>(r.error().code().value());
  co_return r;
}

task<result<void>> add_later(int& sum, int n) {
  co_await or_return(sleep_for(1ms));
  sum += n;
  co_return {};
}

TEST_P(Scope, RunsItsTasksConcurrentlyAndWaitsForAll) {
  const auto body = []() -> task<result<int>> {
    int sum = 0;
    scope s;
    for (int i = 1; i <= 100; ++i) s.spawn(add_later(sum, i));
    EXPECT_EQ(s.size(), 100U);
    EXPECT_EQ(sum, 0) << "a task ran within spawn()";
    co_await or_return(co_await s.join());
    EXPECT_EQ(s.size(), 0U);
    co_return sum;
  };
  EXPECT_EQ(run(body()).value(), 5050);
  EXPECT_EQ(body().wait().value(), 5050) << "blocking, on the loop that the scope brought";
}

TEST_P(Scope, JoinsAtOnceWhenThereIsNothing) {
  const auto body = []() -> task<result<void>> {
    scope s;
    co_return co_await s.join();
  };
  expect_ok(run(body()));
}

TEST_P(Scope, KeepsTheFirstErrorAndLetsTheOthersFinish) {
  const auto failing = [](std::chrono::milliseconds after, errc code) -> task<result<void>> {
    co_await or_return(sleep_for(after));
    co_return failure(code);
  };
  const auto body = [&]() -> task<result<void>> {
    int sum = 0;
    scope s;
    s.spawn(failing(20ms, errc::broken_pipe));
    s.spawn(failing(1ms, errc::connection_reset));
    s.spawn(add_later(sum, 5));
    result<void> r = co_await s.join();
    EXPECT_EQ(sum, 5);
    co_return r;
  };
  expect_error(run(body()), errc::connection_reset);
}

TEST_P(Scope, AnExceptionStopsTheOthersAndIsRethrown) {
  int alive = 0;
  const auto body = [&alive]() -> task<result<void>> {
    scope s;
    s.spawn(sleep_for_ever(alive));
    s.spawn([]() -> task<> {
      (void)co_await sleep_for(1ms);
      throw std::runtime_error("thrown");
    }());
    co_return co_await s.join();
  };
  EXPECT_THROW((void)run(body()), std::runtime_error);
  EXPECT_EQ(alive, 0);
}

TEST_P(Scope, StopReachesEveryDepth) {
  int alive = 0;
  const auto nested = [](auto self, int depth, int& n) -> task<result<void>> {
    if (depth == 0) co_return co_await sleep_for_ever(n);
    scope s;
    s.spawn(self(self, depth - 1, n));
    s.spawn(self(self, depth - 1, n));
    co_return co_await s.join();
  };
  const auto body = [&]() -> task<result<void>> {
    scope s;
    s.spawn(nested(nested, 5, alive));
    co_await or_return(sleep_for(1ms));
    while (alive < 32) co_await yield();
    s.request_stop();
    EXPECT_TRUE(s.stop_requested());
    co_return co_await s.join();
  };
  expect_error(run(body()), errc::operation_canceled);
  EXPECT_EQ(alive, 0);
}

TEST_P(Scope, TasksSpawnedAfterAStopAreStoppedToo) {
  int alive = 0;
  const auto body = [&]() -> task<result<void>> {
    scope s;
    s.request_stop();
    s.spawn(sleep_for_ever(alive));
    co_return co_await s.join();
  };
  expect_error(run(body()), errc::operation_canceled);
}

TEST_P(Scope, ADeadlineAroundItReachesItsTasksAsTimedOut) {
  int alive = 0;
  errc ended{};
  const auto body = [&]() -> task<result<void>> {
    scope s;
    s.spawn(sleep_for_ever(alive, &ended));
    co_return co_await s.join();
  };
  const auto bounded = [&]() -> task<result<void>> { co_return co_await body().within(2ms); };
  expect_error(run(bounded()), errc::timed_out);
  EXPECT_EQ(ended, errc::timed_out);
  expect_error(body().within(2ms).wait(), errc::timed_out);
  EXPECT_EQ(alive, 0);
}

TEST_P(Scope, DestroyedWithTasksRunningEndsThemWhereTheyStand) {
  int alive = 0;
  const auto receive_for_ever = [](tcp_stream s, int& n) -> task<result<void>> {
    const counted local(n);
    std::array<std::byte, 64> buffer;
    co_await or_return(s.recv(buffer));
    co_return {};
  };
  const auto body = [&]() -> task<result<void>> {
    auto pair = co_await or_return(tcp_stream::pair());
    {
      scope s;
      s.spawn(receive_for_ever(std::move(pair.first), alive));
      s.spawn(sleep_for_ever(alive));
      while (alive < 2) co_await yield();
    }
    EXPECT_EQ(alive, 0);
    co_return {};
  };
  expect_ok(run(body()));
}

TEST_P(Scope, ATaskThatNeverBeganIsDestroyedWithItsScope) {
  int alive = 0;
  const auto body = [&]() -> task<result<void>> {
    scope s;
    s.spawn(sleep_for_ever(alive));
    co_return {};
  };
  expect_ok(run(body()));
  EXPECT_EQ(alive, 0);
}

TEST_P(Scope, GivesAStopTokenForForeignCode) {
  const auto body = []() -> task<result<void>> {
    scope s;
    const std::stop_token token = s.token();
    EXPECT_FALSE(token.stop_requested());
    s.request_stop();
    EXPECT_TRUE(token.stop_requested());
    co_return {};
  };
  expect_ok(run(body()));
}

TEST_P(Scope, LeftThroughWithScopeStopsAndAwaitsItsTasks) {
  int alive = 0;
  const auto body = [&]() -> task<result<int>> {
    const result<int> r = co_await with_scope([&alive](scope& s) -> task<result<int>> {
      s.spawn(sleep_for_ever(alive));
      co_await or_return(sleep_for(1ms));
      EXPECT_EQ(alive, 1);
      co_return 3;
    });
    EXPECT_EQ(alive, 0);
    co_return r;
  };
  EXPECT_EQ(run(body()).value(), 3);
}

TEST_P(Scope, LeftThroughWithScopeByAnErrorOrAnExceptionLeavesNothingBehind) {
  int alive = 0;
  const auto by_error = [&]() -> task<result<int>> {
    co_return co_await with_scope([&alive](scope& s) -> task<result<int>> {
      s.spawn(sleep_for_ever(alive));
      co_await yield();
      co_await or_return(result<int>(failure(errc::broken_pipe)));
      co_return 1;
    });
  };
  expect_error(run(by_error()), errc::broken_pipe);
  EXPECT_EQ(alive, 0);
  const auto by_exception = [&]() -> task<result<int>> {
    co_return co_await with_scope([&alive](scope& s) -> task<result<int>> {
      s.spawn(sleep_for_ever(alive));
      co_await yield();
      throw std::runtime_error("thrown");
    });
  };
  EXPECT_THROW((void)run(by_exception()), std::runtime_error);
  EXPECT_EQ(alive, 0);
}

TEST_P(Scope, StopsWhenATokenTurnsOnAnotherThread) {
  int alive = 0;
  std::stop_source source;
  std::jthread stopper;
  const auto body = [&]() -> task<result<void>> {
    scope s;
    s.spawn(sleep_for_ever(alive));
    co_await yield();
    stopper = std::jthread([&source] { source.request_stop(); });
    co_return co_await s.join();
  };
  const auto bounded = [&]() -> task<result<void>> { co_return co_await body().stop_on(source.get_token()); };
  expect_error(run(bounded()), errc::operation_canceled);
  EXPECT_EQ(alive, 0);
}

TEST(ScopeAlone, CannotBeMadeOutsideOfATask) { EXPECT_THROW(scope(), std::logic_error); }

}  // namespace
