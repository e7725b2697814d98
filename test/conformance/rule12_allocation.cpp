// SPDX-License-Identifier: MIT
// Rule 12: in steady state an operation allocates nothing; its state lives in the coroutine's frame.
#include <string>

#include "conformance/messages.hpp"
#include "conformance/streams.hpp"
#include "support/allocations.hpp"

namespace fairlead::testing {

namespace {

using namespace std::chrono_literals;

constexpr int rounds = 200;

/// Runs `round` a few times, until everything is warm, and then expects not one allocation of `rounds` more.
template <class Round>
task<result<void>> expect_no_allocation(Round round) {
  for (int i = 0; i < 20; ++i) co_await or_return(round());
  const std::size_t before = allocations_here();
  for (int i = 0; i < rounds; ++i) co_await or_return(round());
  EXPECT_EQ(allocations_here() - before, 0U) << "in " << rounds << " rounds";
  co_return {};
}

TEST(Allocations, AreSeenByTheCounter) {
  if (!allocations_are_counted()) GTEST_SKIP() << "a sanitizer has its own operator new";
  const std::size_t before = allocations_here();
  const auto one = std::make_unique<int>(1);
  EXPECT_EQ(allocations_here() - before, 1U);
}

// Three tasks on one loop: a client that goes round and a server that echoes, until the client is done.
template <class Stream>
task<result<void>> echo(Stream& s) {
  std::array<std::byte, 256> buffer;
  for (;;) {
    const std::size_t n = co_await or_return(s.recv(buffer));
    if (n == 0) co_return {};
    co_await or_return(s.send(const_buffer(buffer).first(n)));
  }
}

STREAM_TEST(StreamsOnLoops, Rule12_AnEchoAllocatesNothing) {
  ends<Kind> pair;
  std::array<std::byte, 64> buffer{};
  const auto round = [&]() -> task<result<void>> {
    co_await or_return(pair.a.send(buffer));
    co_await or_return(pair.a.recv_exactly(buffer));
    co_return {};
  };
  play(by, [&]() -> task<result<void>> {
    scope s;
    s.spawn(echo(pair.b));
    co_await or_return(expect_no_allocation(round));
    co_await or_return(pair.a.shutdown());
    co_return co_await s.join();
  });
}

STREAM_TEST(StreamsThatSleep, Rule12_OperationsWithLimitsAllocateNothing) {
  ends<Kind> pair;
  std::array<std::byte, 64> buffer{};
  std::stop_source source;
  const std::stop_token token = source.get_token();
  const auto round = [&]() -> task<result<void>> {
    co_await or_return(pair.a.send(buffer).within(1h));
    co_await or_return(pair.b.recv(buffer).within(1h).stop_on(token));
    co_await or_return(pair.b.send_some(buffer).until(clock::now() + 1h));
    co_await or_return(pair.a.recv_exactly(buffer).stop_on(token).within(1h));
    co_await or_return(pair.a.writable().within(1h));
    co_return {};
  };
  play(by, [&] { return expect_no_allocation(round); });
}

// What fails in everyday life is no reason to allocate either.
STREAM_TEST(StreamsThatSleep, Rule12_WaitingInVainAllocatesNothing) {
  ends<Kind> pair;
  std::array<std::byte, 64> buffer{};
  std::stop_source source;
  source.request_stop();
  const auto round = [&]() -> task<result<void>> {
    EXPECT_TRUE(would_block(pair.b.recv(buffer).now()));
    EXPECT_FALSE(co_await pair.b.recv(buffer).within(1us));
    EXPECT_FALSE(co_await pair.b.recv(buffer).stop_on(source.get_token()));
    EXPECT_FALSE(co_await sleep_for(1h).within(1us));
    co_return {};
  };
  play(by, [&] { return expect_no_allocation(round); });
}

STREAM_TEST(StreamsThatSleep, Rule12_ScatteringAndGatheringAllocateNothing) {
  ends<Kind> pair;
  std::array<std::byte, 64> buffer{};
  const std::array<mutable_buffer, 3> to{mutable_buffer(buffer).first(10), mutable_buffer(buffer).first(20),
                                         mutable_buffer(buffer)};
  const std::array<const_buffer, 3> from{const_buffer(to[0]), const_buffer(to[1]), const_buffer(to[2])};
  const auto round = [&]() -> task<result<void>> {
    co_await or_return(pair.a.send(const_buffers(from)));
    co_await or_return(pair.b.recv(mutable_buffers(to)));
    co_return {};
  };
  play(by, [&] { return expect_no_allocation(round); });
}

MESSAGE_TEST(MessagesThatSleep, Rule12_DatagramsAllocateNothing) {
  message_ends<Kind> pair;
  std::array<std::byte, 64> buffer{};
  const auto round = [&]() -> task<result<void>> {
    co_await or_return(pair.a.send(buffer));
    co_await or_return(pair.b.recv(buffer));
    if constexpr (Kind::addressed) {
      co_await or_return(pair.b.send(buffer));
      const datagram d = co_await or_return(pair.a.recv_from(buffer));
      EXPECT_EQ(d.size, 64U);
    }
    co_return {};
  };
  play(by, [&] { return expect_no_allocation(round); });
}

class Tasks : public guarded<::testing::TestWithParam<way>> {};

task<result<int>> leaf_task(int n) { co_return n; }
task<result<int>> tree(int depth) {
  if (depth == 0) co_return co_await leaf_task(1);
  const int left = co_await or_return(tree(depth - 1));
  const result<int> right = co_await tree(depth - 1).within(1h);
  co_return left + *right;
}

TEST_P(Tasks, Rule12_CallsAllocateNothing) {
  const auto round = []() -> task<result<void>> {
    EXPECT_EQ(co_await or_return(tree(4)), 16);
    co_return {};
  };
  play(GetParam(), [&] { return expect_no_allocation(round); });
}

TEST_P(Tasks, Rule12_SleepingAllocatesNothing) {
  const auto round = []() -> task<result<void>> {
    co_await or_return(sleep_for(1us));
    co_await or_return(sleep_until(clock::now()).within(1h));
    co_await yield();
    co_return {};
  };
  play(GetParam(), [&] { return expect_no_allocation(round); });
}

INSTANTIATE_TEST_SUITE_P(By, Tasks, ::testing::ValuesIn(sleeping_ways()), name_of_way);

class Spawning : public every_backend {};

TEST_P(Spawning, Rule12_ScopesAndTheirTasksAllocateNothing) {
  const auto worker = [](int n) -> task<result<void>> {
    for (int i = 0; i < n; ++i) co_await yield();
    co_return {};
  };
  const auto round = [&]() -> task<result<void>> {
    scope s;
    for (int i = 0; i < 10; ++i) s.spawn(worker(i));
    co_return co_await s.join();
  };
  expect_ok(run(expect_no_allocation(round)));
}

}  // namespace

FAIRLEAD_ON_EVERY_BACKEND(Spawning);

}  // namespace fairlead::testing
