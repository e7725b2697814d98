// SPDX-License-Identifier: MIT
// Tasks: values, errors, exceptions, depth, and or_return in all its forms.
#include <fairlead/loop.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/task.hpp>
#include <fairlead/timer.hpp>

#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "loop/counted.hpp"
#include "support/backends.hpp"
#include "support/expect.hpp"

namespace {

using namespace fairlead;
using namespace fairlead::testing;
using namespace std::chrono_literals;

class Task : public every_backend {};
FAIRLEAD_ON_EVERY_BACKEND(Task);

task<int> give(int n) { co_return n; }
task<result<int>> give_result(int n) { co_return n; }
task<result<int>> fail() { co_return failure(errc::broken_pipe); }
task<result<int>> fail_later() {
  co_await or_return(sleep_for(1ms));
  co_return failure(errc::broken_pipe);
}
task<> throw_now() {
  throw std::runtime_error("thrown");
  co_return;
}

TEST_P(Task, GivesItsValue) {
  EXPECT_EQ(run(give(7)), 7);
  EXPECT_EQ(run(give_result(8)).value(), 8);
}

TEST_P(Task, IsLazyAndNeedNotRunAtAll) {
  bool ran = false;
  {
    const auto t = [](bool& r) -> task<> {
      r = true;
      co_return;
    }(ran);
  }
  EXPECT_FALSE(ran);
}

TEST_P(Task, PassesExceptionsToWhoAwaitsIt) {
  const auto catching = []() -> task<std::string> {
    try {
      co_await throw_now();
    } catch (const std::runtime_error& e) {
      co_return e.what();
    }
    co_return "nothing";
  };
  EXPECT_EQ(run(catching()), "thrown");
  EXPECT_THROW(run(throw_now()), std::runtime_error);
}

TEST_P(Task, AMillionThatFinishAtOnceNeedNoStack) {
  const auto many = []() -> task<long> {
    long sum = 0;
    for (int i = 0; i < 1'000'000; ++i) sum += co_await give(1);
    co_return sum;
  };
  EXPECT_EQ(run(many()), 1'000'000);
}

task<int> descend(int depth) {
  if (depth == 0) {
    (void)co_await sleep_for(1ms);
    co_return 0;
  }
  co_return 1 + co_await descend(depth - 1);
}

TEST_P(Task, CallsNestDeeply) { EXPECT_EQ(run(descend(1000)), 1000); }

TEST_P(Task, CanBeRunOneAfterTheOtherOnOneLoop) {
  result<loop> l = loop::create({GetParam()});
  ASSERT_TRUE(l);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(l->run(give(i)), i);
}

TEST_P(Task, CannotRunALoopWithinALoop) {
  const backend b = GetParam();
  const auto nested = [](backend inner) -> task<result<int>> { co_return run_on(inner, give_result(1)); };
  expect_error(run(nested(b)), errc::resource_deadlock_would_occur);
}

TEST_P(Task, MovedIntoPlaceItStillRuns) {
  task<int> a = give(1);
  task<int> b = give(2);
  a = std::move(b);
  EXPECT_EQ(run(std::move(a)), 2);
}

// ---- or_return
// ----------------------------------------------------------------------------------------------

template <class Make>
task<result<int>> through(Make make, int& alive, bool& came_back) {
  const counted local(alive);
  const int n = co_await or_return(make());
  came_back = true;
  co_return n + 1;
}

template <class Make>
void expect_passed(Task& t, Make make, errc code, result<int> (*run)(Task&, task<result<int>>)) {
  int alive = 0;
  bool came_back = false;
  expect_error(run(t, through(make, alive, came_back)), code);
  EXPECT_EQ(alive, 0) << "a local was not destroyed exactly once";
  EXPECT_FALSE(came_back);
}

class OrReturn : public Task {
 public:
  static result<int> go(Task& t, task<result<int>> body) {
    return static_cast<OrReturn&>(t).run(std::move(body));
  }
};
FAIRLEAD_ON_EVERY_BACKEND(OrReturn);

TEST_P(OrReturn, GivesTheValueOfAResultAnOperationAndATask) {
  const auto body = []() -> task<result<int>> {
    int sum = co_await or_return(result<int>(1));
    co_await or_return(sleep_for(0ms));
    sum += co_await or_return(give_result(2));
    sum += co_await or_return(give_result(3).within(10s));
    co_return sum;
  };
  EXPECT_EQ(run(body()).value(), 6);
  EXPECT_EQ(body().wait().value(), 6);
}

TEST_P(OrReturn, EndsTheTaskWithTheErrorOfAResult) {
  expect_passed(*this, [] { return result<int>(failure(errc::broken_pipe)); }, errc::broken_pipe, &go);
}
TEST_P(OrReturn, EndsTheTaskWithTheErrorOfATaskThatFailsAtOnce) {
  expect_passed(*this, [] { return fail(); }, errc::broken_pipe, &go);
}
TEST_P(OrReturn, EndsTheTaskWithTheErrorOfATaskThatFailsLater) {
  expect_passed(*this, [] { return fail_later(); }, errc::broken_pipe, &go);
}
TEST_P(OrReturn, EndsTheTaskWithTheErrorOfABoundedTask) {
  expect_passed(*this, [] { return fail_later().within(10s); }, errc::broken_pipe, &go);
  expect_passed(*this, [] { return fail().within(10s); }, errc::broken_pipe, &go);
}
TEST_P(OrReturn, EndsTheTaskWhenABoundedTaskIsOutOfTime) {
  const auto slow = [] {
    return []() -> task<result<int>> {
      co_await or_return(sleep_for(1h));
      co_return 1;
    }()
                       .within(1ms);
  };
  expect_passed(*this, slow, errc::timed_out, &go);
}

task<result<int>> chain(int depth, int& alive) {
  const counted local(alive);
  if (depth == 0) {
    co_await or_return(sleep_for(1ms));
    co_return failure(errc::connection_reset);
  }
  if (depth % 3 == 0) co_return co_await or_return(chain(depth - 1, alive).within(10s));
  co_return co_await or_return(chain(depth - 1, alive));
}

TEST_P(OrReturn, PassesAnErrorUpAWholeChainBoundedOrNot) {
  int alive = 0;
  expect_error(run(chain(30, alive)), errc::connection_reset);
  EXPECT_EQ(alive, 0);
  expect_error(chain(30, alive).wait(), errc::connection_reset);
  EXPECT_EQ(alive, 0);
}

TEST_P(OrReturn, LeavesTheAwaitingTaskItsOwnTimeAfterABoundedOneFailed) {
  const auto body = []() -> task<result<int>> {
    task<result<int>> kept = fail_later();
    const result<int> r = co_await [](task<result<int>> t) -> task<result<int>> {
      co_return co_await or_return(std::move(t).within(1ms));
    }(std::move(kept));
    // The bounded task is over: its deadline must not reach what comes after it.
    co_await or_return(sleep_for(5ms));
    co_return r.has_value() ? 0 : 1;
  };
  EXPECT_EQ(run(body()).value(), 1);
}

TEST_P(OrReturn, LetsExceptionsThrough) {
  const auto inner = []() -> task<result<int>> {
    co_await or_return(sleep_for(1ms));
    throw std::runtime_error("thrown");
  };
  const auto outer = [&]() -> task<result<int>> { co_return co_await or_return(inner()); };
  EXPECT_THROW((void)run(outer()), std::runtime_error);
}

// ---- wait() on tasks
// ----------------------------------------------------------------------------------------

TEST_P(Task, WaitsOnItsThreadWithoutALoop) {
  const auto body = []() -> task<result<int>> {
    co_await or_return(sleep_for(1ms));
    co_return co_await or_return(give_result(5));
  };
  EXPECT_EQ(body().wait().value(), 5);
  expect_error(fail_later().wait(), errc::broken_pipe);
}

TEST_P(Task, RefusesToBlockAThreadThatRunsALoop) {
  const auto body = []() -> task<result<int>> { co_return give_result(1).wait(); };
  expect_error(run(body()), errc::resource_deadlock_would_occur);
  const auto bounded = []() -> task<result<int>> { co_return give_result(1).within(1s).wait(); };
  expect_error(run(bounded()), errc::resource_deadlock_would_occur);
}

TEST_P(Task, WaitedForWithADeadlineEndsAtIt) {
  const auto body = []() -> task<result<int>> {
    co_await or_return(sleep_for(1h));
    co_return 1;
  };
  expect_error(body().within(2ms).wait(), errc::timed_out);
  const auto awaited = [&]() -> task<result<int>> { co_return co_await body().within(2ms); };
  expect_error(run(awaited()), errc::timed_out);
}

}  // namespace
