// SPDX-License-Identifier: MIT
// Defects that a review found, each as the sentence that was not true.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include <fairlead/loop.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/timer.hpp>
#include <fairlead/unix.hpp>

#include "loop/socket_state.hpp"
#include "loop/timer_wheel.hpp"
#include "support/backends.hpp"

namespace {

using namespace fairlead;
using namespace std::chrono_literals;
using fairlead::testing::run_on;
using fairlead::testing::sanitized;
using fairlead::testing::soon;

class Regression : public fairlead::testing::every_backend {};
FAIRLEAD_ON_EVERY_BACKEND(Regression);

using octets = std::array<char, 64>;

void until_receiving(const basic_socket& s) {
  while ((s.state()->busy.load() & detail::socket_state::receiving) == 0) std::this_thread::yield();
}

std::pair<tcp_stream, tcp_stream> connected() {
  auto pair = tcp_stream::pair();
  if (!pair) throw std::runtime_error(pair.error().message());
  return std::move(*pair);
}

task<result<std::size_t>> receives(tcp_stream& s) {
  octets buffer;
  co_return co_await s.recv(buffer).within(soon);
}

task<result<void>> sleeps(duration d) { co_return co_await sleep_for(d); }

// Threads.

TEST_P(Regression, ASocketDestroyedByAnotherThreadEndsItsOperationWithASentence) {
  for (int round = 0; round < 50; ++round) {
    auto [ours, theirs] = connected();
    auto s = std::make_unique<tcp_stream>(std::move(ours));
    std::thread other([&] {
      until_receiving(*s);
      s.reset();
    });
    const auto r = run(receives(*s));
    other.join();
    ASSERT_FALSE(r);
    EXPECT_EQ(r.error(), errc::operation_canceled);
    EXPECT_TRUE(r.error().message().starts_with("recv")) << r.error().message();
  }
}

TEST(BlockingRegression, ASocketDestroyedByAnotherThreadEndsItsWaitWithASentence) {
  for (int round = 0; round < 50; ++round) {
    auto [ours, theirs] = connected();
    auto s = std::make_unique<tcp_stream>(std::move(ours));
    std::thread other([&] {
      until_receiving(*s);
      (void)s->close();
      s.reset();
    });
    octets buffer;
    const auto r = s->recv(buffer).within(soon).wait();
    other.join();
    ASSERT_FALSE(r);
    EXPECT_EQ(r.error(), errc::operation_canceled);
    EXPECT_TRUE(r.error().message().starts_with("recv")) << r.error().message();
  }
}

TEST_P(Regression, ASocketClosedWhileItJoinsItsFirstLoopEndsItsOperation) {
  auto l = loop::create({GetParam()});
  ASSERT_TRUE(l);
  const int rounds = sanitized ? 200 : 2000;
  for (int round = 0; round < rounds; ++round) {
    auto [s, theirs] = connected();
    std::atomic<bool> near{false};
    std::thread other([&] {
      near = true;
      until_receiving(s);
      (void)s.close();
    });
    const auto r = l->run([](tcp_stream& on, std::atomic<bool>& ready) -> task<result<std::size_t>> {
      while (!ready) std::this_thread::yield();
      co_return co_await receives(on);
    }(s, near));
    other.join();
    ASSERT_FALSE(r);
    ASSERT_EQ(r.error(), errc::operation_canceled) << "round " << round;
  }
}

TEST(ReleaseRegression, RefusingABusySocketLeavesItAsItIs) {
  for (int round = 0; round < 100; ++round) {
    auto [s, theirs] = connected();
    const int descriptor = s.native_handle();
    std::atomic<bool> enough{false};
    std::atomic<long> tried{0};
    std::thread other([&] {
      octets buffer;
      while (!enough) {
        (void)s.recv(buffer).now();
        ++tried;
      }
    });
    result<int> released = failure(errc::device_or_resource_busy);
    for (int i = 0; i < 200 && !released; ++i) {
      const long before = tried;
      while (tried == before) std::this_thread::yield();
      released = s.release();
      if (!released) {
        EXPECT_EQ(released.error(), errc::device_or_resource_busy) << "closed under its users";
      }
    }
    enough = true;
    other.join();
    EXPECT_GE(::fcntl(descriptor, F_GETFD), 0);
    EXPECT_EQ(s.is_open(), !released);
    if (released) {
      EXPECT_EQ(*released, descriptor);
      ::close(descriptor);
    }
  }
}

TEST(IoUringRegression, ALoopWhoseThreadHasEndedIsRefusedToTheNextThread) {
  if (!available(backend::io_uring)) GTEST_SKIP() << "no io_uring here";
  auto l = loop::create({backend::io_uring});
  ASSERT_TRUE(l);
  // The second thread gets the first one's stack, and with it the addresses of its thread-local variables.
  std::thread([&] { EXPECT_TRUE(l->run(sleeps(0ms))); }).join();
  std::thread([&] {
    const auto r = l->run(sleeps(0ms));
    ASSERT_FALSE(r);
    EXPECT_EQ(r.error(), errc::operation_not_permitted);
  }).join();
}

// Wake-ups.

TEST_P(Regression, AUnixStreamIsReadOnBehindBytesThatCameWithDescriptors) {
  auto pair = unix_stream::pair();
  ASSERT_TRUE(pair);
  const auto r = run([](unix_stream& s, unix_stream& peer) -> task<result<std::string>> {
    octets buffer;
    const int descriptor = s.native_handle();
    (void)co_await or_return(peer.send_message("A", std::span(&descriptor, 1)));
    (void)co_await or_return(peer.send("BCD"));
    co_await or_return(s.readable());
    co_await or_return(sleep_for(1ms));  // the loop takes the one edge for both
    std::string all;
    while (all.size() < 4) {
      // A deadline would read once more when it comes, and hide that nobody woke the reader.
      std::optional<std::size_t> n;
      scope reader;
      reader.spawn(
          [](unix_stream& from, octets& into, std::optional<std::size_t>& got) -> task<result<void>> {
            got = co_await or_return(from.recv(into));
            co_return {};
          }(s, buffer, n));
      for (int i = 0; i < 1000 && !n; ++i) co_await yield();
      if (!n) co_return all + " and then nothing";
      (void)co_await reader.join();
      all.append(buffer.data(), *n);
    }
    co_return all;
  }(pair->first, pair->second));
  ASSERT_TRUE(r);
  EXPECT_EQ(*r, "ABCD");
}

TEST(TimerWheelRegression, ADeadlineAtTheEndOfTimeDoesNotCountAsPast) {
  detail::timer_wheel wheel(clock::now());
  detail::timer_node forever;
  wheel.arm(forever, time_point::max());
  EXPECT_EQ(wheel.next(), time_point::max());
  wheel.cancel(forever);
}

// Who goes first.

task<result<void>> ends_early_with_a_scope(tcp_stream& s) {
  scope inner;
  inner.spawn([](tcp_stream& on) -> task<result<void>> {
    (void)co_await or_return(receives(on));
    co_return {};
  }(s));
  co_await yield();
  co_await or_return(result<void>(failure(errc::io_error)));
  co_return {};
}

TEST(BlockingRegression, ABoundedTaskThatEndsEarlyTakesItsScopeAlong) {
  auto [s, theirs] = connected();
  const auto r = ends_early_with_a_scope(s).within(soon).wait();
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error(), errc::io_error);
}

TEST_P(Regression, ABoundedTaskIsGoneOnceItHasBeenAwaited) {
  auto [s, theirs] = connected();
  const auto r = run([](tcp_stream& on) -> task<result<std::size_t>> {
    auto named = ends_early_with_a_scope(on).within(soon);
    (void)co_await std::move(named);
    octets buffer;
    co_return co_await on.recv(buffer).within(0ms);  // busy, were the scope's task still there
  }(s));
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error(), errc::timed_out) << r.error().message();
}

TEST_P(Regression, ATaskGoesWithTheOneThatAwaitsIt) {
  bool went_on = false;
  const auto r = run([](bool& told) -> task<result<void>> {
    auto lent = [](bool& flag) -> task<result<void>> {
      co_await or_return(sleep_for(1ms));
      flag = true;
      co_return {};
    }(told);
    {
      scope s;
      s.spawn([](task<result<void>>& t) -> task<result<void>> { co_return co_await std::move(t); }(lent));
      co_await yield();
      co_await yield();
    }
    co_return co_await sleep_for(5ms);
  }(went_on));
  EXPECT_TRUE(r);
  EXPECT_FALSE(went_on);
}

task<result<void>> joins(scope& s) { co_return co_await s.join(); }

TEST_P(Regression, AScopeForgetsATaskThatWaitedForItAndIsGone) {
  EXPECT_TRUE(run([]() -> task<result<void>> {
    scope workers;
    workers.spawn(sleeps(1ms));
    {
      scope helpers;
      helpers.spawn(joins(workers));
      co_await yield();
      co_await yield();
    }
    while (workers.size() > 0) co_await or_return(sleep_for(1ms));
    co_return co_await sleep_for(1ms);  // nobody is resumed who is gone
  }()));
}

TEST_P(Regression, OneTaskWaitsForAScopeAndASecondIsTold) {
  const auto r = run([]() -> task<result<void>> {
    scope workers;
    workers.spawn(sleeps(1ms));
    scope helpers;
    helpers.spawn(joins(workers));
    co_await yield();
    co_await yield();
    const result<void> second = co_await workers.join();
    EXPECT_FALSE(second);
    EXPECT_TRUE(!second && second.error() == errc::device_or_resource_busy);
    co_return co_await helpers.join();
  }());
  EXPECT_TRUE(r);
}

// Bounds.

TEST_P(Regression, ATaskWhoseBoundIsReachedAlreadyBeginsNothing) {
  auto [s, theirs] = connected();
  ASSERT_TRUE(theirs.send("x").wait());
  std::stop_source stopped;
  stopped.request_stop();
  const auto outcomes = run(
      [](tcp_stream& on, std::stop_token token) -> task<std::pair<result<std::size_t>, result<std::size_t>>> {
        auto late = co_await receives(on).within(0ms);
        auto stop = co_await receives(on).stop_on(token);
        co_return std::pair(std::move(late), std::move(stop));
      }(s, stopped.get_token()));
  ASSERT_FALSE(outcomes.first);
  EXPECT_EQ(outcomes.first.error(), errc::timed_out);
  ASSERT_FALSE(outcomes.second);
  EXPECT_EQ(outcomes.second.error(), errc::operation_canceled);
}

TEST(BoundsRegression, NowHeedsAStopThatWasAskedFor) {
  auto [s, theirs] = connected();
  std::stop_source stopped;
  stopped.request_stop();
  octets buffer;
  const auto r = s.recv(buffer).stop_on(stopped.get_token()).now();
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error(), errc::operation_canceled);
}

// The kernel tries a blocked send once more when anything happens at its socket, as when the peer says
// something and finishes. A cancellation that comes at that moment does not find it (ENOENT), and the send
// goes on waiting.
TEST_P(Regression, ASendIsCancelledEvenWhileItIsBeingTried) {
  const std::vector<std::byte> plenty(std::size_t{16} << 20U);
  for (int round = 0; round < 20; ++round) {
    auto [ours, theirs] = connected();
    std::jthread peer([&s = theirs] {
      octets some;
      EXPECT_TRUE(s.recv(some).within(soon).wait());  // the send has begun
      EXPECT_TRUE(s.send("no").wait());
      EXPECT_TRUE(s.shutdown().wait());
    });
    const auto story = [](tcp_stream& us, const std::vector<std::byte>& all) -> task<result<void>> {
      scope senders;
      senders.spawn([](tcp_stream& s, const std::vector<std::byte>& bytes) -> task<result<void>> {
        const std::size_t sent = co_await or_return(s.send(bytes));
        EXPECT_EQ(sent, 0U) << "there is no room for so much";
        co_return {};
      }(us, all));
      octets answer;
      const std::size_t heard = co_await or_return(us.recv(answer));
      EXPECT_EQ(heard, 2U);
      senders.request_stop();
      const result<void> ended = co_await senders.join();
      EXPECT_TRUE(!ended && ended.error() == errc::operation_canceled);
      co_return {};
    };
    EXPECT_TRUE(run(story(ours, plenty)));
  }
}

// Its error keeps the name of the socket, which has gone; and its coroutine goes before it can be told.
TEST_P(Regression, AnEvictedOperationMayBeDestroyedBeforeItsCoroutineRuns) {
  auto [ours, theirs] = connected();
  const auto story = [](tcp_stream& us) -> task<result<void>> {
    {
      scope readers;
      readers.spawn(receives(us));
      co_await yield();
      co_await or_return(us.close());
      EXPECT_EQ(readers.size(), 1U);
    }
    co_await yield();  // nobody is left in the queue
    co_return {};
  };
  EXPECT_TRUE(run(story(ours)));
}

}  // namespace
