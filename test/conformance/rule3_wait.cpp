// SPDX-License-Identifier: MIT
// Rule 3: wait() tries first, sleeps for what is left of the time, survives spurious wake-ups, and refuses to
// stall a loop.
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <cerrno>
#include <string>

#include "conformance/streams.hpp"
#include "support/system_calls.hpp"

namespace fairlead::testing {

namespace {

using namespace std::chrono_literals;

class Blocking : public guarded<> {
 protected:
  std::pair<tcp_stream, tcp_stream> pair_ = tcp_pair<ipv4_address>().value();
  tcp_stream& a_ = pair_.first;
  tcp_stream& b_ = pair_.second;
  std::string buffer_ = std::string(64, '.');
};

TEST_F(Blocking, Rule3_WaitTriesBeforeItSleeps) {
  ASSERT_TRUE(a_.send("there").wait());
  int sleeps = 0;
  const before_sleeping count([&](int) { ++sleeps; });
  EXPECT_EQ(b_.recv(buffer_).wait().value(), 5U);
  EXPECT_EQ(b_.send("back").wait().value(), 4U);
  EXPECT_EQ(a_.recv_exactly(mutable_buffer(buffer_).first(4)).wait().value(), 4U);
  EXPECT_EQ(sleeps, 0);
}

TEST_F(Blocking, Rule3_NowNeverSleeps) {
  int sleeps = 0;
  const before_sleeping count([&](int) { ++sleeps; });
  EXPECT_TRUE(would_block(b_.recv(buffer_).now()));
  EXPECT_TRUE(would_block(b_.readable().now()));
  EXPECT_TRUE(b_.writable().now());
  EXPECT_TRUE(would_block(sleep_for(1h).now()));
  EXPECT_TRUE(sleep_for(0s).now());
  EXPECT_EQ(sleeps, 0);
}

// The bytes come at the last moment before the thread sleeps.
TEST_F(Blocking, Rule3_WaitSleepsUntilThereIsSomething) {
  int sleeps = 0;
  const before_sleeping then([&](int) {
    ++sleeps;
    EXPECT_TRUE(a_.send_some("late").now());
  });
  EXPECT_EQ(b_.recv(buffer_).wait().value(), 4U);
  EXPECT_EQ(sleeps, 1);
}

TEST_F(Blocking, Rule3_SpuriousReadinessPutsWaitBackToSleep) {
  const before_sleeping then([&](int n) {
    if (n == 0) {
      EXPECT_TRUE(a_.send_some("bytes").now());
      fail_next(system_call::recv, EAGAIN, 5);  // poll says ready, the call says no
    }
  });
  EXPECT_EQ(b_.recv(buffer_).wait().value(), 5U);
}

TEST_F(Blocking, Rule3_SpuriousWakeUpsDoNotProlongTheTime) {
  const before_sleeping then([&](int n) {
    if (n < 100) fail_next(system_call::ppoll, EINTR);
  });
  const time_point start = clock::now();
  expect_error(b_.recv(buffer_).within(30ms).wait(), errc::timed_out);
  EXPECT_GE(clock::now() - start, 30ms);
  EXPECT_GT(calls_of(system_call::ppoll), 100U);
}

TEST_F(Blocking, Rule3_InterruptedCallsAreMadeAgain) {
  ASSERT_TRUE(a_.send("bytes").wait());
  fail_next(system_call::recv, EINTR, 3);
  EXPECT_EQ(b_.recv(buffer_).now().value(), 5U);
  fail_next(system_call::send, EINTR, 3);
  EXPECT_EQ(b_.send_some("bytes").now().value(), 5U);
}

// Hundreds of signals, each after the one before was handled; then the bytes.
TEST_F(Blocking, Rule3_SignalsDoNotEndAWait) {
  static std::atomic<int> handled = 0;
  struct sigaction action{};
  action.sa_handler = [](int) { ++handled; };  // and no SA_RESTART
  struct sigaction before{};
  ::sigaction(SIGUSR1, &action, &before);
  const pthread_t sleeper = ::pthread_self();
  std::jthread pepper;
  {
    const before_sleeping start([&](int n) {
      if (n > 0) return;
      pepper = std::jthread([&] {
        for (int i = 0; i < 300; ++i) {
          ::pthread_kill(sleeper, SIGUSR1);
          while (handled <= i) std::this_thread::yield();
        }
        expect_ok(a_.send("at last").wait());
      });
    });
    EXPECT_EQ(b_.recv(buffer_).wait().value(), 7U);
  }
  pepper.join();
  EXPECT_EQ(handled, 300);
  ::sigaction(SIGUSR1, &before, nullptr);
}

TEST_F(Blocking, Rule3_AStopFromAnotherThreadWakesASleeper) {
  std::stop_source stop;
  std::jthread other;
  const before_sleeping then([&](int n) {
    if (n == 0) other = std::jthread([&] { stop.request_stop(); });
  });
  expect_error(b_.recv(buffer_).stop_on(stop.get_token()).wait(), errc::operation_canceled);
}

TEST_F(Blocking, Rule3_AStopWakesASleepThatHasNoSocket) {
  std::stop_source stop;
  std::jthread other;
  const before_sleeping then([&](int n) {
    if (n == 0) other = std::jthread([&] { stop.request_stop(); });
  });
  expect_error(sleep_for(1h).stop_on(stop.get_token()).wait(), errc::operation_canceled);
}

class OnALoop : public every_backend {};

TEST_P(OnALoop, Rule3_WaitIsRefusedWhereItWouldStallEveryTask) {
  auto pair = tcp_pair<ipv4_address>().value();
  std::string buffer(64, '.');
  const auto refused = [](const auto& r) {
    expect_error(r, errc::resource_deadlock_would_occur);
    EXPECT_NE(r.error().message().find("co_await"), std::string::npos) << r.error().message();
  };
  const auto inner = []() -> task<result<int>> { co_return 1; };
  const auto body = [&]() -> task<result<void>> {
    co_await or_return(pair.first.send("kept"));
    refused(pair.second.recv(buffer).wait());
    refused(pair.second.recv(buffer).within(1ms).wait());
    refused(pair.second.recv_exactly(buffer).wait());
    refused(pair.second.send("x").wait());
    refused(pair.second.readable().wait());
    refused(sleep_for(0s).wait());
    refused(inner().wait());
    refused(inner().within(1ms).wait());
    EXPECT_EQ(buffer, std::string(64, '.'));
    EXPECT_EQ(co_await or_return(pair.second.recv(buffer)), 4U);
    co_return {};
  };
  expect_ok(run(body()));
  EXPECT_TRUE(pair.first.send("and afterwards").wait());
  EXPECT_EQ(pair.second.recv(buffer).wait().value(), 14U);
}

TEST_P(OnALoop, Rule3_ALoopInsideALoopIsRefused) {
  const auto inner = []() -> task<result<int>> { co_return 1; };
  const auto body = [&]() -> task<result<void>> {
    expect_error(run_on(GetParam(), inner()), errc::resource_deadlock_would_occur);
    co_return {};
  };
  expect_ok(run(body()));
}

}  // namespace

FAIRLEAD_ON_EVERY_BACKEND(OnALoop);

}  // namespace fairlead::testing
