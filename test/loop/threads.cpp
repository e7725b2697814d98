// SPDX-License-Identifier: MIT
// What other threads may do to a loop: post, stop, close; and loops on several threads.
#include <fairlead/loop.hpp>
#include <fairlead/options.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/timer.hpp>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/backends.hpp"
#include "support/expect.hpp"

namespace {

using namespace fairlead;
using namespace fairlead::testing;
using namespace std::chrono_literals;

class OtherThreads : public every_backend {};
FAIRLEAD_ON_EVERY_BACKEND(OtherThreads);

// Waits, on the loop, for something that a posted function does there.
task<> until(const bool& done, std::stop_token woken) {
  while (!done) (void)co_await sleep_for(24h).stop_on(woken);
}

TEST_P(OtherThreads, PostFromManyAndEveryCallIsMadeOnceAndInOrder) {
  constexpr int threads = 4;
  constexpr int calls = sanitized ? 500 : 5000;
  result<loop> l = loop::create({GetParam()});
  ASSERT_TRUE(l);
  std::array<std::vector<int>, threads> seen;
  int total = 0;
  bool done = false;
  std::stop_source wake;
  std::vector<std::jthread> posting;
  for (int t = 0; t < threads; ++t) {
    posting.emplace_back([&, t] {
      for (int i = 0; i < calls; ++i) {
        l->post([&, t, i] {
          seen[static_cast<std::size_t>(t)].push_back(i);
          if (++total == threads * calls) {
            done = true;
            wake.request_stop();
          }
        });
      }
    });
  }
  l->run(until(done, wake.get_token()));
  for (const std::vector<int>& one : seen) {
    ASSERT_EQ(one.size(), static_cast<std::size_t>(calls));
    for (int i = 0; i < calls; ++i) ASSERT_EQ(one[static_cast<std::size_t>(i)], i);
  }
}

TEST_P(OtherThreads, NeverLoseAWakeUp) {
  // Each round the loop goes to sleep while another thread posts: a lost wake-up hangs.
  constexpr int rounds = sanitized ? 300 : 5000;
  result<loop> l = loop::create({GetParam()});
  ASSERT_TRUE(l);
  std::atomic<int> asked{0};
  std::jthread poster([&](const std::stop_token& stop) {
    int posted = 0;
    while (!stop.stop_requested()) {
      const int wanted = asked.load();
      if (wanted == posted) {
        asked.wait(wanted);
        continue;
      }
      posted = wanted;
      l->post([] {});
    }
  });
  const auto body = [&]() -> task<> {
    for (int i = 1; i <= rounds; ++i) {
      bool done = false;
      std::stop_source wake;
      l->post([&] { done = true; });
      asked.store(i);
      asked.notify_one();
      while (!done) co_await yield();
    }
  };
  l->run(body());
  poster.request_stop();
  asked.store(-1);
  asked.notify_one();
}

TEST_P(OtherThreads, CannotRunALoopThatBelongsToAnother) {
  result<loop> l = loop::create({GetParam()});
  ASSERT_TRUE(l);
  const auto body = []() -> task<result<int>> { co_return 1; };
  EXPECT_EQ(l->run(body()).value(), 1);
  result<int> second = 0;
  std::thread([&] { second = l->run(body()); }).join();
  if (GetParam() == backend::io_uring) expect_error(second, errc::operation_not_permitted);
}

TEST_P(OtherThreads, MayMakeALoopThatThisOneRuns) {
  result<loop> l = failure(errc::not_connected);
  std::thread([&] { l = loop::create({GetParam()}); }).join();
  ASSERT_TRUE(l);
  const auto body = []() -> task<result<int>> {
    co_await or_return(sleep_for(1ms));
    co_return 1;
  };
  EXPECT_EQ(l->run(body()).value(), 1);
}

task<result<void>> accept_until_stopped(tcp_listener listener, std::atomic<int>& served,
                                        std::stop_source& stop, int all) {
  co_return co_await with_scope([&](scope&) -> task<result<void>> {
    for (;;) {
      tcp_stream client = co_await or_return(listener.accept().stop_on(stop.get_token()));
      std::array<char, 1> byte;
      co_await or_return(client.recv_exactly(byte));
      co_await or_return(client.send(std::span(byte)));
      if (++served == all) stop.request_stop();
    }
  });
}

TEST_P(OtherThreads, EachWithALoopOfItsOwnShareOnePort) {
  constexpr unsigned loops = 2;
  constexpr int clients = 40;
  result<tcp_listener> first =
      tcp_listener::listen({ipv4_address::loopback(), port(0)}, option::reuse_port(true));
  ASSERT_TRUE(first);
  const ip_endpoint where = first->local_endpoint()->ip();
  result<tcp_listener> second = tcp_listener::listen(where, option::reuse_port(true));
  ASSERT_TRUE(second);
  std::array<tcp_listener, loops> listeners{std::move(*first), std::move(*second)};
  std::array<std::atomic<int>, loops> by_loop{};
  std::atomic<int> served{0};
  std::stop_source stop;
  std::jthread calling([&] {
    for (int i = 0; i < clients; ++i) {
      result<tcp_stream> c = tcp_stream::connect(where).within(soon).wait();
      if (!c) continue;
      std::array<char, 1> byte{'x'};
      (void)c->send(std::span<const char>(byte)).wait();
      (void)c->recv_exactly(byte).within(soon).wait();
    }
  });
  const result<void> r = run_per_core(
      [&](unsigned index) -> task<result<void>> {
        ++by_loop[index];
        const result<void> ended =
            co_await accept_until_stopped(std::move(listeners[index]), served, stop, clients);
        if (!ended && ended.error() == errc::operation_canceled) co_return {};
        co_return ended;
      },
      loops, {GetParam()});
  expect_ok(r);
  EXPECT_EQ(served.load(), clients);
  for (const auto& n : by_loop) EXPECT_EQ(n.load(), 1);
}

TEST_P(OtherThreads, OneLoopThatFailsStopsTheOthersAndIsToldOf) {
  const result<void> r = run_per_core(
      [](unsigned index) -> task<result<void>> {
        if (index == 1) co_return failure(errc::broken_pipe);
        co_await or_return(sleep_for(24h));
        co_return {};
      },
      2, {GetParam()});
  expect_error(r, errc::broken_pipe);
}

// What one loop was made of lies where another's was, with nothing between their threads but the kernel.
TEST_P(OtherThreads, MakeAndEndLoopsWhileThisOneDoes) {
  constexpr int rounds = 100;
  const auto make_and_end = [] {
    for (int i = 0; i < rounds; ++i) {
      result<loop> l = loop::create({GetParam()});
      ASSERT_TRUE(l);
      expect_ok(l->run([]() -> task<result<void>> { co_return co_await sleep_for(0ms); }()));
    }
  };
  const std::jthread other(make_and_end);
  make_and_end();
}

TEST_P(OtherThreads, CanStopAnOperationAtAnyMoment) {
  constexpr int rounds = sanitized ? 100 : 1000;
  const auto body = [&]() -> task<result<void>> {
    auto pair = co_await or_return(tcp_stream::pair());
    for (int i = 0; i < rounds; ++i) {
      std::stop_source source;
      std::jthread stopper([&source] { source.request_stop(); });
      std::array<std::byte, 1> byte;
      expect_error(co_await pair.first.recv(byte).stop_on(source.get_token()), errc::operation_canceled);
    }
    co_return {};
  };
  expect_ok(run(body()));
}

}  // namespace
