// SPDX-License-Identifier: MIT
// Rule 9: a socket belongs to no loop until it is first awaited, and moves to another one when nothing is in
// flight.
#include <atomic>
#include <string>

#include "conformance/streams.hpp"
#include "support/bytes.hpp"

namespace fairlead::testing {

namespace {

using namespace std::chrono_literals;

// From each backend to each, and to threads that wait.
STREAM_TEST(StreamsThatSleep, Rule9_ASocketGoesFromLoopToLoop) {
  ends<Kind> pair;
  std::string buffer(8, '.');
  const auto once = [&]() -> task<result<void>> {
    std::string got(3, '.');
    co_await or_return(pair.a.send("one"));
    co_await or_return(pair.b.recv_exactly(got));
    EXPECT_EQ(got, "one");
    expect_error(co_await pair.b.recv(buffer).within(1us), errc::timed_out);
    co_return {};
  };
  for (const way next : all_ways()) {
    for (int i = 0; i < 2; ++i) {
      play(by, once);
      std::jthread([&] { play(next, once); }).join();
      EXPECT_TRUE(would_block(pair.b.recv(buffer).now()));
    }
  }
}

// What arrived while it belonged to one loop is received on the other, whatever the first had noticed of it.
STREAM_TEST(StreamsOnLoops, Rule9_WhatArrivedBeforeTheMoveIsReceivedAfterIt) {
  ends<Kind> pair;
  std::string buffer(100, '.');
  loop first = loop::create({backend_of(by)}).value();
  for (const way next : loop_ways()) {
    loop second = loop::create({backend_of(next)}).value();
    const auto notice = [&]() -> task<result<void>> {
      expect_error(co_await pair.b.recv(buffer).within(1us), errc::timed_out);
      co_await or_return(pair.a.send("noticed"));
      co_await turns();
      EXPECT_EQ(co_await or_return(pair.b.recv(mutable_buffer(buffer).first(3))), 3U);
      co_return {};
    };
    const auto take = [&]() -> task<result<void>> {
      EXPECT_EQ(co_await or_return(pair.b.recv(buffer)), 4U);
      co_await or_return(pair.a.send("more"));
      EXPECT_EQ(co_await or_return(pair.b.recv(buffer)), 4U);
      co_return {};
    };
    expect_ok(first.run(notice()));
    expect_ok(second.run(take()));
    expect_ok(first.run(notice()));
    expect_ok(first.run(take()));
  }
}

STREAM_TEST(StreamsOnLoops, Rule9_ASocketOutlivesItsLoop) {
  ends<Kind> pair;
  std::string buffer(8, '.');
  for (int i = 0; i < 20; ++i) {
    const auto once = [&]() -> task<result<void>> {
      co_await or_return(pair.a.send("x"));
      EXPECT_EQ(co_await or_return(pair.b.recv(buffer)), 1U);
      co_return {};
    };
    play(by, once);
  }
  ASSERT_TRUE(pair.a.send("x").wait());
  EXPECT_EQ(pair.b.recv(buffer).wait().value(), 1U);
}

// While one direction is in flight here, the other must not begin elsewhere.
STREAM_TEST(StreamsOnLoops, Rule9_ASocketInUseStaysOnItsLoop) {
  ends<Kind> pair;
  std::string buffer(8, '.');
  const auto receiver = [&]() -> task<result<void>> {
    EXPECT_EQ(co_await or_return(pair.b.recv(buffer)), 4U);
    co_return {};
  };
  for (const way other : loop_ways()) {
    play(by, [&]() -> task<result<void>> {
      scope s;
      s.spawn(receiver());
      co_await turns();
      std::jthread([&] {
        play(other, [&]() -> task<result<void>> {
          expect_error(co_await pair.b.send("x"), errc::device_or_resource_busy);
          co_return {};
        });
      }).join();
      EXPECT_EQ(co_await or_return(pair.b.send("here")), 4U);
      EXPECT_EQ(co_await or_return(pair.a.send("here")), 4U);
      co_return co_await s.join();
    });
    std::jthread([&] {
      play(other, [&]() -> task<result<void>> {
        EXPECT_EQ(co_await or_return(pair.b.send("then")), 4U);
        std::string got(8, '.');
        EXPECT_EQ(co_await or_return(pair.a.recv_exactly(got)), 8U);
        EXPECT_EQ(got, "herethen");
        co_return {};
      });
    }).join();
  }
}

// Handed from thread to thread all the time, each with a loop of its own.
STREAM_TEST(StreamsOnLoops, Rule9_ASocketIsHandedAroundBetweenLoopsThatRun) {
  constexpr int rounds = 60;
  ends<Kind> pair;
  std::atomic<int> turn = 0;
  const auto player = [&](int me) -> task<result<void>> {
    std::string got(1, '.');
    for (int i = me; i < rounds; i += 2) {
      while (turn.load(std::memory_order_acquire) != i) co_await yield();
      co_await or_return(pair.a.send("x"));
      co_await or_return(pair.b.recv(got));
      turn.store(i + 1, std::memory_order_release);
    }
    co_return {};
  };
  std::jthread other([&] { expect_ok(run_on(backends_here().back(), player(1))); });
  expect_ok(run_on(backend_of(by), player(0)));
  other.join();
}

}  // namespace

}  // namespace fairlead::testing
