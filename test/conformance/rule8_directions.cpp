// SPDX-License-Identifier: MIT
// Rule 8: one operation in each direction of a socket. A second one is told so, and disturbs nothing.
#include <atomic>
#include <string>

#include "conformance/messages.hpp"
#include "conformance/streams.hpp"
#include "support/bytes.hpp"
#include "support/system_calls.hpp"

namespace fairlead::testing {

namespace {

using namespace std::chrono_literals;

constexpr errc busy = errc::device_or_resource_busy;

STREAM_TEST(StreamsOnLoops, Rule8_ASecondReceiveIsToldThatTheFirstIsThere) {
  ends<Kind> pair;
  std::string first(8, '.');
  std::string second(8, '.');
  const auto receiver = [&]() -> task<result<void>> {
    EXPECT_EQ(co_await or_return(pair.b.recv(first)), 5U);
    co_return {};
  };
  play(by, [&]() -> task<result<void>> {
    scope s;
    s.spawn(receiver());
    co_await turns();
    const std::array<mutable_buffer, 1> parts{mutable_buffer(second)};
    // Before and after there is something to receive: the one that came first gets it.
    for (int i = 0; i < 2; ++i) {
      expect_error(co_await pair.b.recv(second), busy);
      expect_error(co_await pair.b.recv(mutable_buffers(parts)), busy);
      expect_error(co_await pair.b.recv_exactly(second).within(1h), busy);
      expect_error(co_await pair.b.readable(), busy);
      expect_error(pair.b.recv(second).now(), busy);
      expect_error(pair.b.readable().now(), busy);
      expect_error(pair.b.release(), busy);
      if (i > 0) break;
      EXPECT_EQ(pair.a.send_some("first").now(), 5U);
    }
    co_await or_return(co_await s.join());
    EXPECT_EQ(first, "first...");
    EXPECT_EQ(second, "........");
    // Now it is free again.
    expect_error(pair.b.recv(second).now(), errc::operation_would_block);
    co_return {};
  });
}

STREAM_TEST(StreamsOnLoops, Rule8_ASecondSendIsToldThatTheFirstIsThere) {
  ends<Kind> pair;
  const std::string bytes = random_bytes(10'000'000, 11);
  const auto sender = [&]() -> task<result<void>> {
    EXPECT_EQ(co_await or_return(pair.a.send(bytes)), bytes.size());
    co_return co_await pair.a.shutdown();
  };
  play(by, [&]() -> task<result<void>> {
    scope s;
    s.spawn(sender());
    co_await turns();
    expect_error(co_await pair.a.send("in between"), busy);
    expect_error(co_await pair.a.send_some("in between"), busy);
    expect_error(co_await pair.a.writable(), busy);
    expect_error(pair.a.send_some("in between").now(), busy);
    std::string got(bytes.size() + 100, '\0');
    got.resize(co_await or_return(recv_all(by, pair.b, got)));
    EXPECT_TRUE(got == bytes);
    co_return co_await s.join();
  });
}

STREAM_TEST(StreamsThatSleep, Rule8_TheDirectionsDoNotKnowEachOther) {
  ends<Kind> pair;
  const std::string bytes = random_bytes(1'000'000, 12);
  const auto receive = [&](auto& s) -> task<result<void>> {
    std::string got(bytes.size(), '\0');
    EXPECT_EQ(co_await or_return(s.recv_exactly(got)), bytes.size());
    EXPECT_TRUE(got == bytes);
    co_return {};
  };
  const auto transmit = [&](auto& s) -> task<result<void>> {
    EXPECT_EQ(co_await or_return(s.send(bytes)), bytes.size());
    co_return {};
  };
  together(
      by, [&] { return receive(pair.a); }, [&] { return receive(pair.b); }, [&] { return transmit(pair.a); },
      [&] { return transmit(pair.b); });
}

STREAM_TEST(StreamsThatSleep, Rule8_AThreadThatWaitsHasItsDirectionForItself) {
  if (by != way::wait) return;
  ends<Kind> pair;
  std::string buffer(8, '.');
  std::string other(8, '.');
  const before_sleeping then([&](int n) {
    if (n > 0) return;
    // On this very thread, from within its sleep, and on another one.
    expect_error(pair.b.recv(other).now(), busy);
    std::jthread([&] { expect_error(pair.b.recv(other).within(1h).wait(), busy); }).join();
    const auto on_a_loop = [&]() -> task<result<void>> {
      expect_error(co_await pair.b.recv(other), busy);
      co_return {};
    };
    for (const backend b : backends_here()) std::jthread([&] { expect_ok(run_on(b, on_a_loop())); }).join();
    EXPECT_TRUE(pair.b.send_some("the other direction is free").now());
    EXPECT_EQ(pair.a.send_some("mine").now(), 4U);
  });
  EXPECT_EQ(pair.b.recv(buffer).wait().value(), 4U);
  EXPECT_EQ(buffer, "mine....");
  EXPECT_EQ(other, "........");
}

STREAM_TEST(StreamsOnLoops, Rule8_AWaitOnAnotherThreadTakesNothingFromTheLoop) {
  ends<Kind> pair;
  std::string buffer(8, '.');
  std::string other(8, '.');
  const auto receiver = [&]() -> task<result<void>> {
    EXPECT_EQ(co_await or_return(pair.b.recv(buffer)), 4U);
    co_return {};
  };
  play(by, [&]() -> task<result<void>> {
    scope s;
    s.spawn(receiver());
    co_await turns();
    std::jthread([&] { expect_error(pair.b.recv(other).wait(), busy); }).join();
    EXPECT_EQ(pair.a.send_some("mine").now(), 4U);
    std::jthread([&] { expect_error(pair.b.recv(other).wait(), busy); }).join();
    co_return co_await s.join();
  });
  EXPECT_EQ(buffer, "mine....");
}

// Half a connection per thread, and one half on a loop: all of it is allowed.
STREAM_TEST(StreamsOnLoops, Rule8_ALoopAndAThreadMayShareASocketByDirection) {
  ends<Kind> pair;
  const std::string bytes = random_bytes(1'000'000, 13);
  std::jthread sender([&] { EXPECT_EQ(pair.a.send(bytes).within(soon).wait().value(), bytes.size()); });
  std::jthread echo([&] {
    std::string piece(10'000, '\0');
    for (std::size_t n = 0; n < bytes.size();) {
      const std::size_t got = pair.b.recv(piece).within(soon).wait().value();
      EXPECT_TRUE(pair.b.send(const_buffer(piece).first(got)).within(soon).wait());
      n += got;
    }
  });
  play(by, [&]() -> task<result<void>> {
    std::string got(bytes.size(), '\0');
    EXPECT_EQ(co_await or_return(pair.a.recv_exactly(got)), bytes.size());
    EXPECT_TRUE(got == bytes);
    co_return {};
  });
}

MESSAGE_TEST(MessagesOnLoops, Rule8_ASecondReceiveIsToldThatTheFirstIsThere) {
  message_ends<Kind> pair;
  std::string first(8, '.');
  std::string second(8, '.');
  const auto receiver = [&]() -> task<result<void>> {
    EXPECT_EQ(co_await or_return(pair.b.recv(first)), 5U);
    co_return {};
  };
  play(by, [&]() -> task<result<void>> {
    scope s;
    s.spawn(receiver());
    co_await turns();
    expect_error(co_await pair.b.recv(second), busy);
    EXPECT_EQ(pair.a.send("first").now(), 5U);
    expect_error(pair.b.recv(second).now(), busy);
    co_return co_await s.join();
  });
}

class Sharing : public every_backend {};

TEST_P(Sharing, Rule8_ASecondAcceptIsToldThatTheFirstIsThere) {
  const auto body = [&]() -> task<result<void>> {
    tcp_listener listener = tcp_listener::listen({ipv4_address::loopback(), port(0)}).value();
    const endpoint where = listener.local_endpoint().value();
    const auto acceptor = [&]() -> task<result<void>> {
      co_await or_return(listener.accept());
      co_return {};
    };
    scope s;
    s.spawn(acceptor());
    co_await turns();
    expect_error(co_await listener.accept(), busy);
    expect_error(listener.accept().now(), busy);
    const tcp_stream client = co_await or_return(tcp_stream::connect(where.ip()));
    co_return co_await s.join();
  };
  expect_ok(run(body()));
}

}  // namespace

FAIRLEAD_ON_EVERY_BACKEND(Sharing);

}  // namespace fairlead::testing
