// SPDX-License-Identifier: MIT
#include <fairlead/signal.hpp>

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <optional>
#include <thread>

#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>

#include "stream/exhaustion.hpp"
#include "stream/ways.hpp"
#include "support/child.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;

class Signals : public every_way {};
FAIRLEAD_IN_EVERY_WAY(Signals);
class SignalsOnALoop : public every_backend {};
FAIRLEAD_ON_EVERY_BACKEND(SignalsOnALoop);

task<result<int>> next_of(signal_set& set) { co_return co_await set.next().within(soon); }

// What the process does about a signal now.
struct sigaction disposition(int number) {
  struct sigaction now{};
  EXPECT_EQ(::sigaction(number, nullptr, &now), 0);
  return now;
}

TEST_P(Signals, ComeInTheOrderOfTheirArrival) {
  signal_set set{SIGUSR1, SIGUSR2};
  ::raise(SIGUSR2);
  ::raise(SIGUSR1);
  ::raise(SIGUSR2);
  EXPECT_EQ(value_of(run(next_of(set))), SIGUSR2);
  EXPECT_EQ(value_of(run(next_of(set))), SIGUSR1);
  EXPECT_EQ(value_of(set.next().now()), SIGUSR2);
  EXPECT_EQ(set.next().now().error(), errc::operation_would_block);
}

TEST_P(Signals, WakeWhoeverWaitsWhicheverThreadTheyHit) {
  signal_set set{SIGUSR1};
  std::jthread other([] { ::raise(SIGUSR1); });  // hits that thread
  EXPECT_EQ(value_of(run(next_of(set))), SIGUSR1);
}

TEST_P(Signals, ReachEverySetThatWantsThem) {
  signal_set both{SIGUSR1, SIGUSR2};
  signal_set one{SIGUSR2};
  ::raise(SIGUSR1);
  ::raise(SIGUSR2);
  EXPECT_EQ(value_of(run(next_of(one))), SIGUSR2);
  EXPECT_EQ(value_of(run(next_of(both))), SIGUSR1);
  EXPECT_EQ(value_of(run(next_of(both))), SIGUSR2);
  EXPECT_EQ(one.next().now().error(), errc::operation_would_block);
}

TEST_P(Signals, TimeOutAndLoseNothing) {
  signal_set set{SIGUSR1};
  const auto listen = [](signal_set& s) -> task<result<int>> { co_return co_await s.next().within(2ms); };
  const auto r = run(listen(set));
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error(), errc::timed_out);
  EXPECT_EQ(r.error().message(), "read SIGUSR1: timed out");
  ::raise(SIGUSR1);
  EXPECT_EQ(value_of(run(next_of(set))), SIGUSR1);
}

TEST_P(Signals, CanBeWaitedForUntilAStopIsAskedFor) {
  signal_set set{SIGUSR1};
  std::stop_source source;
  const auto listen = [](signal_set& s, std::stop_token t) -> task<result<int>> {
    co_return co_await s.next().stop_on(std::move(t));
  };
  std::jthread stopper([&] { source.request_stop(); });
  EXPECT_EQ(run(listen(set, source.get_token())).error(), errc::operation_canceled);
}

TEST_P(Signals, ThatCannotBeCaughtAreNamed) {
  signal_set set{SIGUSR1, SIGKILL};
  const auto r = run(next_of(set));
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().message(), "wait SIGKILL: no signal that can be caught");
  EXPECT_EQ(signal_set({0}).next().now().error().message(), "wait signal 0: no signal that can be caught");
  EXPECT_EQ(signal_set({65}).next().wait().error().message(), "wait signal 65: no signal that can be caught");
  EXPECT_EQ(disposition(SIGUSR1).sa_handler, SIG_DFL) << "the rest of a set that failed is not in force";
}

TEST_P(SignalsOnALoop, AreNotLostWithTheCoroutineThatWaited) {
  signal_set set{SIGUSR1};
  const auto story = [](signal_set& s) -> task<result<int>> {
    {
      scope listeners;
      listeners.spawn([](signal_set& in) -> task<result<int>> { co_return co_await in.next(); }(s));
      co_await yield();
      co_await yield();  // the listener waits now
      ::raise(SIGUSR1);
    }  // and is destroyed, with or without the signal
    co_return co_await s.next().within(soon);
  };
  EXPECT_EQ(value_of(run(story(set))), SIGUSR1);
}

TEST(SignalSet, RestoresWhatWasInForceBefore) {
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  struct sigaction before{};
  ASSERT_EQ(::sigaction(SIGUSR1, &ignore, &before), 0);
  {
    const signal_set outer{SIGUSR1, SIGUSR1};
    std::optional<signal_set> inner;
    inner.emplace({SIGUSR1});
    EXPECT_NE(disposition(SIGUSR1).sa_handler, SIG_IGN);
    inner.reset();
    EXPECT_NE(disposition(SIGUSR1).sa_handler, SIG_IGN) << "the outer set still wants it";
  }
  EXPECT_EQ(disposition(SIGUSR1).sa_handler, SIG_IGN);
  ::sigaction(SIGUSR1, &before, nullptr);
}

TEST(SignalSet, LeavesALaterHandlerAlone) {
  struct sigaction before = disposition(SIGUSR1);
  {
    const signal_set set{SIGUSR1};
    struct sigaction ignore{};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGUSR1, &ignore, nullptr);
  }
  EXPECT_EQ(disposition(SIGUSR1).sa_handler, SIG_IGN);
  ::sigaction(SIGUSR1, &before, nullptr);
}

TEST(SignalSet, BlocksNoSignalInAnyThread) {
  sigset_t before;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &before);
  signal_set set{SIGUSR1};
  sigset_t now;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &now);
  EXPECT_EQ(sigismember(&now, SIGUSR1), sigismember(&before, SIGUSR1));
}

TEST(SignalSet, WaitsForOneSignalAtATime) {
  signal_set set{SIGUSR1};
  const auto story = [](signal_set& s) -> task<result<errc>> {
    scope others;
    others.spawn([](signal_set& in) -> task<result<int>> { co_return co_await in.next(); }(s));
    co_await yield();
    const auto second = co_await s.next();
    others.request_stop();
    (void)co_await others.join();
    co_return static_cast<errc>(second.error().code().value());
  };
  EXPECT_EQ(value_of(fairlead::run(story(set))), errc::device_or_resource_busy);
}

TEST(SignalSet, CanBeMoved) {
  signal_set first{SIGUSR1};
  ::raise(SIGUSR1);
  signal_set second(std::move(first));
  EXPECT_EQ(value_of(second.next().now()), SIGUSR1);
  EXPECT_EQ(first.next().now().error(), errc::bad_file_descriptor);  // NOLINT: what a moved-from set says
}

TEST(SignalSet, MayComeAndGoUnderFire) {
  const signal_set keeper{SIGUSR1};  // so that a signal between two sets does not end the program
  std::atomic<bool> over{false};
  std::jthread shooter([&over, main = ::pthread_self()] {
    while (!over) ::pthread_kill(main, SIGUSR1);
  });
  std::jthread self_shooter([&over] {
    while (!over) ::raise(SIGUSR1);
  });
  for (int i = 0; i < (sanitized ? 100 : 1000); ++i) {
    signal_set set{SIGUSR1, SIGUSR2};
    EXPECT_EQ(value_of(set.next().within(soon).wait()), SIGUSR1);
  }
  over = true;
}

TEST(SignalSet, ThatCouldNotBeMadeSaysSo) {
  std::optional<signal_set> set;
  {
    const no_descriptors_left none;
    set.emplace({SIGUSR1, SIGUSR2});
  }
  EXPECT_EQ(set->next().now().error().message(), "open a pipe for SIGUSR1, SIGUSR2: too many open files");
  EXPECT_EQ(disposition(SIGUSR1).sa_handler, SIG_DFL);
}

TEST(SignalSet, KeepsTheProgramAliveOnlyWhileItLives) {
  const child_outcome child = run_in_child([] {
    {
      signal_set set{SIGTERM};
      ::raise(SIGTERM);
      if (set.next().now().value_or(0) != SIGTERM) return 1;
    }
    ::raise(SIGTERM);
    return 2;
  });
  EXPECT_EQ(child.status, 128 + SIGTERM) << child.errors;
}

TEST(SignalName, IsTheOneInTheManual) {
  EXPECT_EQ(signal_name(signal_number::interrupt), "SIGINT");
  EXPECT_EQ(signal_name(SIGSEGV), "SIGSEGV");
  EXPECT_EQ(signal_name(SIGRTMIN), "SIGRTMIN");
  EXPECT_EQ(signal_name(SIGRTMIN + 3), "SIGRTMIN+3");
  EXPECT_EQ(signal_name(0), "signal 0");
  EXPECT_EQ(signal_name(-1), "signal -1");
}

TEST(SignalSet, TakesASignalThatWasIgnored) {
  EXPECT_FALSE(is_signal_ignored(SIGUSR2));
  const auto before = ::signal(SIGUSR2, SIG_IGN);
  EXPECT_TRUE(is_signal_ignored(SIGUSR2));
  {
    const signal_set wanted{SIGUSR2};
    EXPECT_FALSE(is_signal_ignored(SIGUSR2));
  }
  EXPECT_TRUE(is_signal_ignored(SIGUSR2));
  (void)::signal(SIGUSR2, before);
  EXPECT_FALSE(is_signal_ignored(12345));
}

}  // namespace
}  // namespace fairlead::testing
