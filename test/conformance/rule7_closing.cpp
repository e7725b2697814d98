// SPDX-License-Identifier: MIT
// Rule 7: closing a socket ends what is in flight on it, and its number, used again, never receives an old
// completion. On the loop's thread, from another thread, and under a thread that sleeps in wait().
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <optional>
#include <string>

#include "conformance/messages.hpp"
#include "conformance/streams.hpp"
#include "support/black_hole.hpp"
#include "support/bytes.hpp"
#include "support/last_moment.hpp"
#include "support/system_calls.hpp"

namespace fairlead::testing {

namespace {

using namespace std::chrono_literals;

bool is_open_descriptor(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

STREAM_TEST(Streams, Rule7_AClosedSocketRefusesEverything) {
  ends<Kind> pair;
  typename Kind::stream never_opened;
  typename Kind::stream moved_from = std::move(ends<Kind>().a);
  const typename Kind::stream taken = std::move(moved_from);
  std::string buffer(8, '.');
  ASSERT_TRUE(pair.a.close());
  expect_error(pair.a.close(), errc::bad_file_descriptor);
  expect_error(never_opened.close(), errc::bad_file_descriptor);
  for (typename Kind::stream* const s : {&pair.a, &never_opened, &moved_from}) {
    EXPECT_FALSE(s->is_open());
    EXPECT_EQ(s->native_handle(), -1);
    expect_error(s->release(), errc::bad_file_descriptor);
    expect_error(s->local_endpoint(), errc::bad_file_descriptor);
    expect_error(s->peer_endpoint(), errc::bad_file_descriptor);
    play(by, [&]() -> task<result<void>> {
      expect_error(s->recv(buffer).now(), errc::bad_file_descriptor);
      expect_error(s->send_some("x").now(), errc::bad_file_descriptor);
      expect_error(s->readable().now(), errc::bad_file_descriptor);
      expect_error(s->shutdown().now(), errc::bad_file_descriptor);
      expect_error(co_await s->recv(buffer), errc::bad_file_descriptor);
      expect_error(co_await s->recv_exactly(buffer), errc::bad_file_descriptor);
      expect_error(co_await s->send("x").within(1h), errc::bad_file_descriptor);
      expect_error(co_await s->writable(), errc::bad_file_descriptor);
      co_return {};
    });
  }
  EXPECT_EQ(pair.b.recv(buffer).wait().value(), 0U);
}

STREAM_TEST(StreamsOnLoops, Rule7_ClosingEndsWhatIsInFlightAndTheDescriptorIsGoneAtOnce) {
  ends<Kind> pair;
  const endless_zeros plenty(std::size_t{1} << 30U);
  std::string buffer(8, '.');
  int ended = 0;
  const auto receiver = [&]() -> task<result<void>> {
    expect_error(co_await pair.a.recv(buffer), errc::operation_canceled);
    ++ended;
    co_return {};
  };
  const auto sender = [&]() -> task<result<void>> {
    expect_error(co_await pair.a.send(plenty.bytes()).within(1h), errc::operation_canceled);
    ++ended;
    co_return {};
  };
  play(by, [&]() -> task<result<void>> {
    scope s;
    s.spawn(receiver());
    s.spawn(sender());
    co_await turns();
    const int fd = pair.a.native_handle();
    expect_ok(pair.a.close());
    EXPECT_FALSE(is_open_descriptor(fd));
    EXPECT_EQ(ended, 0);  // they are resumed in their turn, not within close()
    co_await or_return(co_await s.join());
    EXPECT_EQ(ended, 2);
    co_return {};
  });
}

STREAM_TEST(StreamsOnLoops, Rule7_DestroyingASocketIsClosingIt) {
  std::string buffer(8, '.');
  int ended = 0;
  play(by, [&]() -> task<result<void>> {
    std::optional<ends<Kind>> pair(std::in_place);
    const auto receiver = [&]() -> task<result<void>> {
      expect_error(co_await pair->a.recv(buffer).within(1h), errc::operation_canceled);
      ++ended;
      co_return {};
    };
    const auto ready = [&]() -> task<result<void>> {
      expect_error(co_await pair->b.readable(), errc::operation_canceled);
      ++ended;
      co_return {};
    };
    scope s;
    s.spawn(receiver());
    s.spawn(ready());
    co_await turns();
    const int fd = pair->a.native_handle();
    pair.reset();
    EXPECT_FALSE(is_open_descriptor(fd));
    co_await or_return(co_await s.join());
    EXPECT_EQ(ended, 2);
    co_return {};
  });
}

// An assignment closes what was there before.
STREAM_TEST(StreamsOnLoops, Rule7_ASocketCanBeReplacedWhileItIsInUse) {
  ends<Kind> pair;
  ends<Kind> other;
  std::string buffer(8, '.');
  const auto receiver = [&]() -> task<result<void>> {
    expect_error(co_await pair.a.recv(buffer), errc::operation_canceled);
    EXPECT_EQ(co_await or_return(pair.a.recv(buffer)), 3U);
    co_return {};
  };
  play(by, [&]() -> task<result<void>> {
    scope s;
    s.spawn(receiver());
    co_await turns();
    {
      typename Kind::stream old = std::exchange(pair.a, std::move(other.a));
    }
    co_await or_return(other.b.send("new"));
    co_return co_await s.join();
  });
}

// It had ended, but its coroutine had not run yet: what was received counts, the socket is gone all the same.
STREAM_TEST(StreamsOnLoops, Rule7_WhatHadEndedBeforeTheCloseIsDelivered) {
  ends<Kind> pair;
  std::string buffer(8, '.');
  const auto receiver = [&]() -> task<result<void>> {
    EXPECT_EQ(co_await or_return(pair.a.recv(buffer)), 5U);
    co_return {};
  };
  play(by, [&]() -> task<result<void>> {
    scope s;
    co_await last_moment(s, receiver(), [&] { EXPECT_EQ(pair.b.send_some("early").now(), 5U); });
    const int fd = pair.a.native_handle();
    expect_ok(pair.a.close());
    EXPECT_FALSE(is_open_descriptor(fd));
    co_return co_await s.join();
  });
}

STREAM_TEST(StreamsOnLoops, Rule7_AnotherThreadMayCloseWhatTheLoopUses) {
  const endless_zeros plenty(std::size_t{1} << 30U);
  std::string buffer(8, '.');
  for (int i = 0; i < 20; ++i) {
    ends<Kind> pair;
    const auto receiver = [&]() -> task<result<void>> {
      expect_error(co_await pair.a.recv(buffer), errc::operation_canceled);
      co_return {};
    };
    const auto sender = [&]() -> task<result<void>> {
      expect_error(co_await pair.a.send(plenty.bytes()).within(1h), errc::operation_canceled);
      co_return {};
    };
    play(by, [&]() -> task<result<void>> {
      scope s;
      s.spawn(receiver());
      s.spawn(sender());
      co_await turns(1 + i % 3);
      const std::jthread closer([&] { expect_ok(pair.a.close()); });
      co_return co_await s.join();
    });
    // The last to leave has closed the descriptor: the peer reads all that was sent, and then the end.
    std::vector<std::byte> rest(1'000'000);
    result<std::size_t> n = pair.b.recv(rest).within(soon).wait();
    while (n && *n > 0) n = pair.b.recv(rest).within(soon).wait();
    if (!n) expect_error(n, errc::connection_reset);
  }
}

// The object itself goes, in the other thread, while its operation is in flight or just ending.
STREAM_TEST(StreamsOnLoops, Rule7_AnotherThreadMayDestroyWhatTheLoopUses) {
  constexpr int rounds = sanitized ? 100 : 300;
  std::string buffer(8, '.');
  loop l = loop::create({backend_of(by)}).value();
  for (int i = 0; i < rounds; ++i) {
    auto pair = std::make_unique<ends<Kind>>();
    typename Kind::stream* const s = &pair->a;
    typename Kind::stream peer = std::move(pair->b);
    std::atomic<bool> in_flight = false;
    const auto receiver = [&]() -> task<result<void>> {
      const result<std::size_t> r = co_await s->recv(buffer);
      if (!r) {
        expect_error(r, errc::operation_canceled);
        EXPECT_FALSE(r.error().message().empty());
      }
      co_return {};
    };
    std::jthread destroyer([&, gone = std::move(pair)]() mutable {
      in_flight.wait(false);
      if (i % 2 == 0) (void)peer.send_some("x").now();
      if (i % 3 > 0) gone->a.close().value();
      gone.reset();
    });
    expect_ok(l.run([&]() -> task<result<void>> {
      scope inner;
      inner.spawn(receiver());
      co_await turns(1);
      in_flight = true;
      in_flight.notify_one();
      co_return co_await inner.join();
    }()));
  }
}

STREAM_TEST(StreamsThatSleep, Rule7_ClosingWakesAThreadThatWaits) {
  if (by != way::wait) return;
  for (int i = 0; i < 50; ++i) {
    ends<Kind> pair;
    std::string buffer(8, '.');
    std::jthread closer;
    {
      const before_sleeping then([&](int n) {
        if (n == 0) closer = std::jthread([&] { expect_ok(pair.a.close()); });
      });
      expect_error(pair.a.recv(buffer).wait(), errc::operation_canceled);
    }
    closer.join();
    EXPECT_EQ(pair.a.native_handle(), -1);
    EXPECT_EQ(pair.b.recv(buffer).within(soon).wait().value(), 0U);
  }
}

STREAM_TEST(StreamsThatSleep, Rule7_ClosingWakesBothThreadsThatWait) {
  if (by != way::wait) return;
  const endless_zeros plenty(std::size_t{1} << 30U);
  ends<Kind> pair;
  std::string buffer(8, '.');
  std::atomic<int> asleep = 0;
  const auto sleeps = [&](int n) {
    if (n > 0) return;
    ++asleep;
    asleep.notify_all();
  };
  {
    std::jthread receiver([&] {
      const before_sleeping tell(sleeps);
      expect_error(pair.a.recv(buffer).within(1h).wait(), errc::operation_canceled);
    });
    std::jthread sender([&] {
      const before_sleeping tell(sleeps);
      expect_error(pair.a.send(plenty.bytes()).wait(), errc::operation_canceled);
    });
    asleep.wait(0);
    asleep.wait(1);
    expect_ok(pair.a.close());
  }
  std::vector<std::byte> rest(1'000'000);
  result<std::size_t> n = pair.b.recv(rest).within(soon).wait();
  while (n && *n > 0) n = pair.b.recv(rest).within(soon).wait();
  if (!n) expect_error(n, errc::connection_reset);
}

STREAM_TEST(StreamsThatSleep, Rule7_DestroyingWakesAThreadThatWaits) {
  if (by != way::wait) return;
  for (int i = 0; i < 50; ++i) {
    auto pair = std::make_unique<ends<Kind>>();
    typename Kind::stream peer = std::move(pair->b);
    std::string buffer(8, '.');
    auto waiting = pair->a.recv(buffer);
    std::jthread destroyer;
    const before_sleeping then([&](int n) {
      if (n == 0) destroyer = std::jthread([gone = std::move(pair)]() mutable { gone.reset(); });
    });
    const result<std::size_t> r = std::move(waiting).wait();
    expect_error(r, errc::operation_canceled);
    EXPECT_FALSE(r.error().message().empty());
  }
}

// Under load, in both ways to close: the number is used again at once, by a socket that receives at once.
STREAM_TEST(StreamsOnLoops, Rule7_AReusedDescriptorNeverGetsAnOldCompletion) {
  constexpr int rounds = 200;
  int reused = 0;
  const auto receiver = [](typename Kind::stream& s, std::string expected) -> task<result<void>> {
    std::string buffer(8, '.');
    const result<std::size_t> n = co_await s.recv(buffer);
    if (expected.empty()) {
      // It may have come just before the close; then it is its own.
      if (n) {
        EXPECT_EQ(buffer.substr(0, *n), "old");
      } else {
        expect_error(n, errc::operation_canceled);
      }
      co_return {};
    }
    expect_ok(n);
    if (n) {
      EXPECT_EQ(buffer.substr(0, *n), expected);
    }
    co_return {};
  };
  play(by, [&]() -> task<result<void>> {
    for (int i = 0; i < rounds; ++i) {
      scope s;
      auto old = std::make_unique<ends<Kind>>();
      const int number = old->a.native_handle();
      s.spawn(receiver(old->a, ""));
      co_await turns(1 + i % 5);
      typename Kind::stream old_peer = std::move(old->b);
      if (i % 3 == 0) (void)old_peer.send_some("old").now();
      if (i % 4 == 0) expect_ok(old->a.close());
      typename Kind::stream closed = std::move(old->a);
      old.reset();
      closed = typename Kind::stream();
      ends<Kind> fresh;
      reused += fresh.a.native_handle() == number || fresh.b.native_handle() == number ? 1 : 0;
      s.spawn(receiver(fresh.a, "to a"));
      s.spawn(receiver(fresh.b, "to b"));
      (void)old_peer.send_some("old").now();
      co_await turns(i % 3);
      co_await or_return(fresh.b.send("to a"));
      co_await or_return(fresh.a.send("to b"));
      co_await or_return(co_await s.join());
    }
    co_return {};
  });
  EXPECT_GT(reused, rounds / 2);
}

class Closing : public every_backend {};

TEST_P(Closing, Rule7_AListenerThatClosesEndsItsAccept) {
  const auto body = [&]() -> task<result<void>> {
    tcp_listener listener = tcp_listener::listen({ipv4_address::loopback(), port(0)}).value();
    const auto acceptor = [&]() -> task<result<void>> {
      expect_error(co_await listener.accept(), errc::operation_canceled);
      co_return {};
    };
    scope s;
    s.spawn(acceptor());
    co_await turns();
    expect_ok(listener.close());
    co_return co_await s.join();
  };
  expect_ok(run(body()));
}

// The connection had been taken, but the coroutine had not run.
TEST_P(Closing, Rule7_AListenerThatClosesAfterItsAcceptEndedIsNoCatastrophe) {
  const auto body = [&]() -> task<result<void>> {
    std::optional<tcp_listener> listener = tcp_listener::listen({ipv4_address::loopback(), port(0)}).value();
    const endpoint where = listener->local_endpoint().value();
    const auto acceptor = [&]() -> task<result<void>> {
      const result<tcp_stream> r = co_await listener->accept();
      if (!r) expect_error(r, errc::operation_canceled);
      co_return {};
    };
    scope s;
    tcp_socket client = tcp_socket::open(family::ipv4).value();
    result<tcp_stream> connected = tcp_stream();
    co_await last_moment(s, acceptor(), [&] {
      do connected = client.connect(where.ip()).now();
      while (would_block(connected));
    });
    listener.reset();
    co_return co_await s.join();
  };
  expect_ok(run(body()));
}

TEST_P(Closing, Rule7_ASocketThatClosesEndsItsConnect) {
  const black_hole full({ipv4_address::loopback(), port(0)});
  const auto body = [&]() -> task<result<void>> {
    tcp_socket s = tcp_socket::open(family::ipv4).value();
    const auto connector = [&]() -> task<result<void>> {
      const result<tcp_stream> r = co_await s.connect(full.where());
      expect_error(r, errc::operation_canceled);
      co_return {};
    };
    scope inner;
    inner.spawn(connector());
    co_await turns();
    expect_ok(s.close());
    co_return co_await inner.join();
  };
  expect_ok(run(body()));
}

// A loop that has ended closes nothing: its sockets go on elsewhere, and may be closed anywhere meanwhile.
TEST_P(Closing, Rule7_SocketsMayBeClosedWhileTheirLoopEndsOnAnotherThread) {
  constexpr int rounds = sanitized ? 100 : 300;
  for (int i = 0; i < rounds; ++i) {
    auto pair = tcp_pair<ipv4_address>().value();
    std::optional<tcp_stream> mine;
    std::atomic<bool> used = false;
    std::jthread other([&] {
      const auto use = [&]() -> task<result<void>> {
        co_await or_return(pair.first.send("x"));
        std::string buffer(8, '.');
        co_await or_return(pair.second.recv(buffer));
        co_return {};
      };
      expect_ok(run_on(GetParam(), [&]() -> task<result<void>> {
        co_await or_return(use());
        mine = std::move(pair.first);
        used = true;
        used.notify_one();
        co_return {};
      }()));
    });
    used.wait(false);
    mine.reset();
    expect_ok(pair.second.close());
  }
}

}  // namespace

FAIRLEAD_ON_EVERY_BACKEND(Closing);

MESSAGE_TEST(MessagesOnLoops, Rule7_ClosingEndsWhatIsInFlight) {
  message_ends<Kind> pair;
  std::string buffer(8, '.');
  const auto receiver = [&]() -> task<result<void>> {
    expect_error(co_await pair.a.recv(buffer), errc::operation_canceled);
    co_return {};
  };
  play(by, [&]() -> task<result<void>> {
    scope s;
    s.spawn(receiver());
    co_await turns();
    const int fd = pair.a.native_handle();
    expect_ok(pair.a.close());
    EXPECT_FALSE(is_open_descriptor(fd));
    co_return co_await s.join();
  });
}

}  // namespace fairlead::testing
