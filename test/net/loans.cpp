// SPDX-License-Identifier: MIT
// Receiving without a buffer: the library lends memory with what has arrived.
#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <fairlead/loan.hpp>
#include <fairlead/options.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/timer.hpp>
#include <fairlead/unix.hpp>

#include "net/sockets.hpp"
#include "net/ways.hpp"
#include "support/allocations.hpp"
#include "support/bytes.hpp"
#include "support/expect.hpp"
#include "support/last_moment.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;

std::string text_of(const loan& l) { return {reinterpret_cast<const char*>(l.data()), l.size()}; }

class Loans : public every_way {};
FAIRLEAD_IN_EVERY_WAY(Loans);

TEST_P(Loans, BringWhatHasArrivedAndAreEmptyAtTheEnd) {
  const auto story = [this](auto a, auto b) {
    ASSERT_EQ(a.send("hello").wait().value(), 5U);
    const loan first = finish([&] { return b.recv(); }).value();
    EXPECT_EQ(text_of(first), "hello");
    ASSERT_TRUE(a.shutdown().now());
    for (int i = 0; i < 2; ++i) {
      const loan last = finish([&] { return b.recv(); }).value();
      EXPECT_TRUE(last.empty());
    }
    EXPECT_EQ(text_of(first), "hello");
  };
  auto tcp = tcp_stream::pair().value();
  story(std::move(tcp.first), std::move(tcp.second));
  auto local = unix_stream::pair().value();
  story(std::move(local.first), std::move(local.second));
}

TEST_P(Loans, CutALongStreamIntoPiecesAndLoseNothing) {
  auto [a, b] = unix_stream::pair().value();
  const std::string sent = random_bytes(300'000, 3);
  std::thread sender([&, &from = a] {
    EXPECT_TRUE(from.send(sent).wait());
    EXPECT_TRUE(from.shutdown().now());
  });
  std::string got;
  for (;;) {
    const auto piece = finish([&, &at = b] { return at.recv(); });
    ASSERT_TRUE(piece) << said(piece);
    if (piece->empty()) break;
    got += text_of(*piece);
  }
  sender.join();
  EXPECT_TRUE(got == sent);
}

TEST_P(Loans, KeepTheirBytesAsLongAsTheyAreKept) {
  auto [a, b] = unix_stream::pair().value();
  std::vector<loan> kept;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(a.send(std::to_string(i)).wait());
    kept.push_back(finish([&, &at = b] { return at.recv(); }).value());
  }
  for (std::size_t i = 0; i < kept.size(); i += 2) kept[i] = loan();  // back, in between
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(a.send("again").wait());
    EXPECT_EQ(text_of(finish([&, &at = b] { return at.recv(); }).value()), "again");
  }
  for (std::size_t i = 1; i < kept.size(); i += 2) EXPECT_EQ(text_of(kept[i]), std::to_string(i));
}

TEST_P(Loans, AreSentAsTheyAre) {
  auto [a, b] = unix_stream::pair().value();
  ASSERT_TRUE(a.send("there and back").wait());
  const loan l = finish([&, &at = b] { return at.recv(); }).value();
  ASSERT_TRUE(finish([&, &at = b] { return at.send(l); }));
  EXPECT_EQ(text_of(finish([&, &at = a] { return at.recv(); }).value()), "there and back");
}

TEST_P(Loans, MixWithReceivesIntoBuffers) {
  auto [a, b] = unix_stream::pair().value();
  std::array<char, 64> in{};
  ASSERT_TRUE(a.send("first second").wait());
  EXPECT_EQ(text(in, finish([&, &at = b] { return at.recv(mutable_buffer(in).first(6)); }).value()),
            "first ");
  EXPECT_EQ(text_of(finish([&, &at = b] { return at.recv(); }).value()), "second");
  EXPECT_EQ(code(b.recv().now()), errc::operation_would_block);
}

TEST_P(Loans, OfAClosedSocketAreRefused) {
  tcp_stream closed;
  EXPECT_EQ(code(finish([&] { return closed.recv(); })), errc::bad_file_descriptor);
}

TEST_P(Loans, TellOfAResetWithTheAddress) {
  auto [a, b] = tcp_stream::pair().value();
  const std::string peer = a.local_endpoint().value().to_string();
  ASSERT_TRUE(a.set(option::linger(0s)));
  ASSERT_TRUE(a.close());
  const auto r = finish([&, &at = b] { return at.recv(); });
  EXPECT_EQ(said(r), "recv tcp://" + peer + ": connection reset by peer");
}

TEST_P(Loans, MayOutliveTheirLoopAndGoBackOnAnotherThread) {
  std::vector<loan> kept;
  std::thread elsewhere([&] {
    auto [a, b] = unix_stream::pair().value();
    for (int i = 0; i < 10; ++i) {
      ASSERT_TRUE(a.send(std::to_string(i)).wait());
      kept.push_back(b.recv().wait().value());
    }
    if (GetParam() == way::wait) return;
    const auto story = [](unix_stream& from, unix_stream& to, std::vector<loan>& keep) -> task<result<void>> {
      for (int i = 10; i < 20; ++i) {
        co_await or_return(from.send(std::to_string(i)));
        keep.push_back(co_await or_return(to.recv()));
      }
      co_return {};
    };
    loop l = loop::create({GetParam() == way::io_uring ? backend::io_uring : backend::epoll}).value();
    expect_ok(l.run(story(a, b, kept)));
  });
  elsewhere.join();
  for (std::size_t i = 0; i < kept.size(); ++i) EXPECT_EQ(text_of(kept[i]), std::to_string(i));
}

TEST_P(Loans, GoBackWhileTheirThreadTakesMore) {
  auto [a, b] = unix_stream::pair().value();
  std::vector<loan> passed(1);
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(a.send("x").wait());
    loan l = finish([&, &at = b] { return at.recv(); }).value();
    std::jthread([taken = std::move(l)]() mutable { taken = loan(); });
  }
}

class LoansOnALoop : public every_backend {};
FAIRLEAD_ON_EVERY_BACKEND(LoansOnALoop);

task<result<void>> receives_one(unix_stream& from, std::string& into) {
  const loan l = co_await or_return(from.recv());
  into = text_of(l);
  co_return {};
}

// More than the kernel is given blocks for, in one turn.
TEST_P(LoansOnALoop, ComeToAllOfManyThatBecomeReadableAtOnce) {
  const auto story = []() -> task<result<void>> {
    constexpr std::size_t many = 400;
    std::vector<std::pair<unix_stream, unix_stream>> pairs;
    for (std::size_t i = 0; i < many; ++i) pairs.push_back(co_await or_return(unix_stream::pair()));
    std::vector<std::string> heard(many);
    for (int round = 0; round < 3; ++round) {
      scope all;
      for (std::size_t i = 0; i < many; ++i) all.spawn(receives_one(pairs[i].second, heard[i]));
      for (int turn = 0; turn < 3; ++turn) co_await yield();
      for (std::size_t i = 0; i < many; ++i) EXPECT_TRUE(pairs[i].first.send_some(std::to_string(i)).now());
      co_await or_return(co_await all.join());
      for (std::size_t i = 0; i < many; ++i) EXPECT_EQ(heard[i], std::to_string(i));
    }
    co_return {};
  };
  expect_ok(run(story()));
}

TEST_P(LoansOnALoop, LoseNothingWithACoroutine) {
  auto [a, b] = unix_stream::pair().value();
  const auto story = [](unix_stream& from, unix_stream& to) -> task<result<void>> {
    for (int i = 0; i < 5; ++i) {
      std::string never;
      co_await destroy_at_the_last_moment(receives_one(to, never),
                                          [&from] { EXPECT_EQ(from.send_some("precious").now(), 8U); });
      const loan l = co_await or_return(to.recv().within(10s));
      EXPECT_EQ(text_of(l), "precious");
      std::string none;
      {
        scope waiting;
        waiting.spawn(receives_one(to, none));
        for (int turn = 0; turn < 3; ++turn) co_await yield();
      }
    }
    co_return {};
  };
  expect_ok(run(story(a, b)));
}

TEST_P(LoansOnALoop, EndInTimeOrWhenAskedTo) {
  auto [a, b] = unix_stream::pair().value();
  const auto story = [](unix_stream& from, unix_stream& to) -> task<result<void>> {
    expect_error(co_await to.recv().within(1ms), errc::timed_out);
    std::stop_source stop;
    scope others;
    others.spawn([](std::stop_source& asks) -> task<result<void>> {
      co_await or_return(sleep_for(1ms));
      asks.request_stop();
      co_return {};
    }(stop));
    expect_error(co_await to.recv().stop_on(stop.get_token()), errc::operation_canceled);
    scope busy;
    std::string heard;
    busy.spawn(receives_one(to, heard));
    for (int turn = 0; turn < 3; ++turn) co_await yield();
    expect_error(co_await to.recv(), errc::device_or_resource_busy);
    co_await or_return(from.send("late"));
    co_await or_return(co_await busy.join());
    EXPECT_EQ(heard, "late");
    co_return {};
  };
  expect_ok(run(story(a, b)));
}

TEST_P(LoansOnALoop, AllocateNothingOnceThePoolIsFilled) {
  if (!allocations_are_counted()) GTEST_SKIP() << "a sanitizer has its own operator new";
  auto [a, b] = unix_stream::pair().value();
  const auto story = [](unix_stream& from, unix_stream& to) -> task<result<void>> {
    std::size_t before = 0;
    for (int i = 0; i < 300; ++i) {
      if (i == 150) before = allocations_here();
      co_await or_return(from.send("x"));
      const loan l = co_await or_return(to.recv());
    }
    EXPECT_EQ(allocations_here() - before, 0U);
    co_return {};
  };
  expect_ok(run(story(a, b)));
}

}  // namespace
}  // namespace fairlead::testing
