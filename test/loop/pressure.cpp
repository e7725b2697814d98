// SPDX-License-Identifier: MIT
// More of everything than the queues were made for; and nothing allocated when there is not.
#include <fairlead/loop.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/timer.hpp>
#include <fairlead/udp.hpp>
#include <fairlead/unix.hpp>

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/allocations.hpp"
#include "support/backends.hpp"
#include "support/expect.hpp"

namespace {

using namespace fairlead;
using namespace fairlead::testing;
using namespace std::chrono_literals;

class Pressure : public every_backend {};
FAIRLEAD_ON_EVERY_BACKEND(Pressure);

task<result<void>> receive_one(unix_stream& s, int& received) {
  std::array<std::byte, 1> byte;
  co_await or_return(s.recv_exactly(byte));
  ++received;
  co_return {};
}

// 400 sockets with a receive in flight, begun in one turn (more than the submission queue holds), ended in
// one.
TEST_P(Pressure, ManyOperationsBegunInOneTurnAllEnd) {
  constexpr std::size_t pairs = 400;
  const auto body = [&]() -> task<result<int>> {
    std::vector<std::pair<unix_stream, unix_stream>> all;
    for (std::size_t i = 0; i < pairs; ++i) all.push_back(co_await or_return(unix_stream::pair()));
    int received = 0;
    scope s;
    for (auto& p : all) s.spawn(receive_one(p.first, received));
    co_await yield();
    for (auto& p : all) co_await or_return(p.second.send("x"));
    co_await or_return(co_await s.join());
    co_return received;
  };
  EXPECT_EQ(run(body()).value(), static_cast<int>(pairs));
}

TEST_P(Pressure, ManyOperationsCancelledInOneTurnAllEnd) {
  constexpr std::size_t pairs = 400;
  const auto body = [&]() -> task<result<void>> {
    std::vector<std::pair<unix_stream, unix_stream>> all;
    for (std::size_t i = 0; i < pairs; ++i) all.push_back(co_await or_return(unix_stream::pair()));
    int received = 0;
    scope s;
    for (auto& p : all) s.spawn(receive_one(p.first, received));
    co_await yield();
    s.request_stop();
    co_return co_await s.join();
  };
  expect_error(run(body()), errc::operation_canceled);
}

TEST_P(Pressure, AHundredThousandSleepersAllWakeUp) {
  constexpr int sleepers = sanitized ? 5000 : 100'000;
  const auto body = [&]() -> task<result<int>> {
    int awake = 0;
    scope s;
    const auto one = [](int& n, int i) -> task<result<void>> {
      co_await or_return(sleep_for(std::chrono::microseconds(i % 5000)));
      ++n;
      co_return {};
    };
    for (int i = 0; i < sleepers; ++i) s.spawn(one(awake, i));
    co_await or_return(co_await s.join());
    co_return awake;
  };
  EXPECT_EQ(run(body()).value(), sleepers);
}

// One socket that always has data must not keep ten others from their turn.
TEST_P(Pressure, ASocketThatAlwaysHasDataDoesNotStarveTheOthers) {
  const auto body = []() -> task<result<int>> {
    auto busy = co_await or_return(unix_stream::pair());
    std::vector<std::pair<unix_stream, unix_stream>> quiet;
    for (int i = 0; i < 10; ++i) quiet.push_back(co_await or_return(unix_stream::pair()));
    int received = 0;
    bool over = false;
    scope flood;
    scope others;
    // Each byte that is taken is put back at once, so the socket is readable for ever.
    flood.spawn([](std::pair<unix_stream, unix_stream>& p, const bool& stop) -> task<result<void>> {
      std::array<std::byte, 1> byte{};
      co_await or_return(p.second.send("xxxxxxxx"));
      while (!stop) {
        co_await or_return(p.first.recv(byte));
        co_await or_return(p.second.send("x"));
      }
      co_return {};
    }(busy, over));
    for (auto& p : quiet) others.spawn(receive_one(p.first, received));
    co_await yield();
    for (auto& p : quiet) co_await or_return(p.second.send("x"));
    co_await or_return(co_await others.join());
    over = true;
    co_await or_return(co_await flood.join());
    co_return received;
  };
  EXPECT_EQ(run(body()).value(), 10);
}

// ---- no allocation in steady state
// --------------------------------------------------------------------------

template <class Exchange>
void expect_no_allocation(Pressure& t, backend b, Exchange exchange) {
  (void)t;
  if (!allocations_are_counted()) GTEST_SKIP() << "a sanitizer owns operator new";
  const auto body = [&]() -> task<result<std::size_t>> {
    for (int i = 0; i < 100; ++i) co_await or_return(exchange());
    const std::size_t before = allocations_here();
    for (int i = 0; i < 1000; ++i) co_await or_return(exchange());
    co_return allocations_here() - before;
  };
  EXPECT_EQ(run_on(b, body()).value(), 0U) << "on a loop";
  EXPECT_EQ(body().wait().value(), 0U) << "blocking";
}

template <class Ends>
task<result<void>> ping_pong(Ends& p) {
  std::array<std::byte, 64> buffer{};
  co_await or_return(p.first.send(buffer));
  co_await or_return(p.second.recv(buffer));
  co_await or_return(p.second.send(buffer).within(10s));
  co_await or_return(p.first.recv(buffer).within(10s));
  co_return {};
}

TEST_P(Pressure, TcpAllocatesNothingInSteadyState) {
  auto p = tcp_stream::pair();
  ASSERT_TRUE(p);
  expect_no_allocation(*this, GetParam(), [&] { return ping_pong(*p); });
}
TEST_P(Pressure, UnixStreamsAllocateNothingInSteadyState) {
  auto p = unix_stream::pair();
  ASSERT_TRUE(p);
  expect_no_allocation(*this, GetParam(), [&] { return ping_pong(*p); });
}
TEST_P(Pressure, UdpAllocatesNothingInSteadyState) {
  auto p = udp_socket::pair();
  ASSERT_TRUE(p);
  expect_no_allocation(*this, GetParam(), [&] { return ping_pong(*p); });
}
TEST_P(Pressure, BoundedTasksAndTimeoutsAllocateNothingInSteadyState) {
  auto p = tcp_stream::pair();
  ASSERT_TRUE(p);
  const auto waits = [](tcp_stream& s) -> task<result<void>> {
    std::array<std::byte, 1> byte;
    const result<std::size_t> n = co_await s.recv(byte).within(0ms);
    if (n || !(n.error() == errc::timed_out)) co_return failure(errc::protocol_error);
    co_return {};
  };
  expect_no_allocation(*this, GetParam(), [&] { return waits(p->first); });
}

}  // namespace
