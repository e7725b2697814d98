// SPDX-License-Identifier: MIT
// Rule 5: completion wins. What has arrived is delivered whatever was asked for meanwhile, no byte is lost to
// a cancellation, and a composed operation says how far it came.
#include <string>

#include "conformance/streams.hpp"
#include "support/bytes.hpp"
#include "support/system_calls.hpp"

namespace fairlead::testing {

namespace {

using namespace std::chrono_literals;

// The receiver waits in the kernel. Then its bytes come and its time passes while the loop is busy with
// something else, and the loop learns of both at once.
STREAM_TEST(StreamsOnLoops, Rule5_CompletionWinsOverADeadlineThatPassedMeanwhile) {
  ends<Kind> pair;
  loop l = loop::create({backend_of(by)}).value();
  const auto receiver = [&]() -> task<result<void>> {
    std::string buffer(8, '.');
    l.post([&] {
      l.post([&] {  // one turn later: the receiver sleeps by now
        EXPECT_EQ(pair.a.send_some("intime").now(), 6U);
        let_pass(12ms);
      });
    });
    EXPECT_EQ(co_await or_return(pair.b.recv(buffer).within(10ms)), 6U);
    EXPECT_EQ(buffer, "intime..");
    co_return {};
  };
  expect_ok(l.run(receiver()));
}

STREAM_TEST(StreamsOnLoops, Rule5_CompletionWinsOverAStopAskedForMeanwhile) {
  ends<Kind> pair;
  std::stop_source stop;
  loop l = loop::create({backend_of(by)}).value();
  const auto receiver = [&]() -> task<result<void>> {
    std::string buffer(8, '.');
    l.post([&] {
      l.post([&] {
        stop.request_stop();
        EXPECT_EQ(pair.a.send_some("intime").now(), 6U);
      });
    });
    EXPECT_EQ(co_await or_return(pair.b.recv(buffer).stop_on(stop.get_token())), 6U);
    co_return {};
  };
  expect_ok(l.run(receiver()));
}

STREAM_TEST(StreamsOnLoops, Rule5_CompletionWinsOverTheStopOfAScope) {
  ends<Kind> pair;
  play(by, [&]() -> task<result<void>> {
    std::string buffer(8, '.');
    const auto receiver = [&]() -> task<result<void>> {
      EXPECT_EQ(co_await or_return(pair.b.recv_exactly(mutable_buffer(buffer).first(6))), 6U);
      co_return {};
    };
    scope s;
    s.spawn(receiver());
    co_await turns();
    EXPECT_EQ(pair.a.send_some("intime").now(), 6U);
    s.request_stop();
    co_return co_await s.join();
  });
}

// The same for a thread: all of it happens at the last moment before it sleeps.
STREAM_TEST(StreamsThatSleep, Rule5_CompletionWinsInAWaitToo) {
  if (by != way::wait) return;
  ends<Kind> pair;
  std::string buffer(8, '.');
  {
    const before_sleeping then([&](int) {
      EXPECT_EQ(pair.a.send_some("intime").now(), 6U);
      let_pass(5ms);
    });
    EXPECT_EQ(pair.b.recv(buffer).within(4ms).wait(), 6U);
  }
  {
    std::stop_source stop;
    const before_sleeping then([&](int) {
      EXPECT_EQ(pair.a.send_some("intime").now(), 6U);
      stop.request_stop();
    });
    EXPECT_EQ(pair.b.recv(buffer).stop_on(stop.get_token()).wait(), 6U);
  }
}

STREAM_TEST(StreamsThatSleep, Rule5_NothingIsReceivedAfterAStopThatCameFirst) {
  ends<Kind> pair;
  play(by, [&]() -> task<result<void>> {
    std::string buffer(8, '.');
    std::stop_source stop;
    stop.request_stop();
    co_await or_return(pair.a.send("later"));
    // A task that was asked to stop would otherwise go on as long as its peer sends.
    expect_error(co_await pair.b.recv(buffer).stop_on(stop.get_token()), errc::operation_canceled);
    EXPECT_EQ(buffer, "........");
    EXPECT_EQ(co_await or_return(pair.b.recv(buffer)), 5U);
    co_return {};
  });
}

STREAM_TEST(StreamsThatSleep, Rule5_AReceiveThatStopsHalfWaySaysHowMuchCame) {
  ends<Kind> pair;
  play(by, [&]() -> task<result<void>> {
    std::string buffer(10, '.');
    co_await or_return(pair.a.send("half"));
    const result<std::size_t> r = co_await pair.b.recv_exactly(buffer).within(5ms);
    expect_error(r, errc::timed_out);
    if (!r) {
      EXPECT_EQ(r.error().transferred(), 4U);
    }
    EXPECT_EQ(buffer, "half......");
    co_await or_return(pair.a.send("way"));
    EXPECT_EQ(co_await or_return(pair.b.recv(buffer)), 3U);
    EXPECT_EQ(buffer, "wayf......");
    co_return {};
  });
}

STREAM_TEST(StreamsThatSleep, Rule5_AReceiveThatMeetsTheEndSaysHowMuchCame) {
  ends<Kind> pair;
  play(by, [&]() -> task<result<void>> {
    std::string buffer(10, '.');
    co_await or_return(pair.a.send("half"));
    co_await or_return(pair.a.shutdown());
    const result<std::size_t> r = co_await pair.b.recv_exactly(buffer);
    expect_error(r, fault::end_of_stream);
    if (!r) {
      EXPECT_EQ(r.error().transferred(), 4U);
    }
    EXPECT_EQ(buffer, "half......");
    co_return {};
  });
}

// Nobody reads, so that the send fills all buffers and waits; then its time is over.
STREAM_TEST(StreamsThatSleep, Rule5_ASendThatStopsHalfWaySaysExactlyHowMuchWent) {
  ends<Kind> pair;
  const std::string bytes = random_bytes(16'000'000, 5);
  play(by, [&]() -> task<result<void>> {
    const result<std::size_t> sent = co_await pair.a.send(bytes).within(20ms);
    expect_error(sent, errc::timed_out);
    if (sent) co_return {};
    co_await or_return(pair.a.shutdown());
    std::string got(bytes.size(), '\0');
    got.resize(co_await or_return(recv_all(by, pair.b, got)));
    EXPECT_EQ(got.size(), sent.error().transferred());
    EXPECT_TRUE(got == bytes.substr(0, got.size()));
    EXPECT_GT(got.size(), 0U);
    co_return {};
  });
}

STREAM_TEST(StreamsThatSleep, Rule5_AGatheredSendThatStopsHalfWaySaysExactlyHowMuchWent) {
  ends<Kind> pair;
  const std::string bytes = random_bytes(16'000'000, 6);
  std::vector<const_buffer> pieces;
  for (const_buffer rest(bytes); rest.size > 0; rest = rest.after(pieces.back().size)) {
    pieces.push_back(rest.first(1 + pieces.size() * 37 % 9'000));
  }
  play(by, [&]() -> task<result<void>> {
    const result<std::size_t> sent = co_await pair.a.send(pieces).within(20ms);
    expect_error(sent, errc::timed_out);
    if (sent) co_return {};
    co_await or_return(pair.a.shutdown());
    std::string got(bytes.size(), '\0');
    got.resize(co_await or_return(recv_all(by, pair.b, got)));
    EXPECT_EQ(got.size(), sent.error().transferred());
    EXPECT_TRUE(got == bytes.substr(0, got.size()));
    co_return {};
  });
}

// One side of an exchange that can be stopped at any moment and go on later: it knows how far it is. In each
// round one side sends a piece and the other answers with one, by every operation that moves bytes.
template <class Stream>
struct exchange {
  Stream& stream;
  std::string out;
  std::string in;
  bool begins;
  std::size_t sent = 0;
  std::size_t received = 0;

  // Where the round ends that position `at` belongs to.
  static std::size_t end_of_round(std::size_t at, std::size_t size) {
    return std::min(size, (at / 333 + 1) * 333);
  }

  task<result<void>> go_on() {
    while (sent < out.size() || received < in.size()) {
      const bool my_turn =
          begins ? sent / 333 <= received / 333 : sent / 333 < received / 333 || received == in.size();
      result<std::size_t> n;
      if (my_turn && sent < out.size()) {
        const const_buffer piece = const_buffer(out).after(sent).first(end_of_round(sent, out.size()) - sent);
        if (sent % 2 == 0) {
          n = co_await stream.send(piece);
        } else {
          n = co_await stream.send_some(piece);
        }
        sent += n ? *n : n.error().transferred();
      } else {
        const std::size_t missing = end_of_round(received, in.size()) - received;
        const mutable_buffer room = mutable_buffer(in).after(received).first(missing);
        const std::array<mutable_buffer, 2> parts{room.first(missing / 2), room.after(missing / 2)};
        if (received / 333 % 3 == 0) {
          n = co_await stream.recv_exactly(room);
        } else if (received / 333 % 3 == 1) {
          n = co_await stream.recv(room);
        } else {
          n = co_await stream.recv(mutable_buffers(parts));
        }
        received += n ? *n : n.error().transferred();
      }
      if (!n) co_return std::unexpected(n.error());
    }
    co_return {};
  }
};

// Stops one side in the k-th turn of the loop, for every k that the exchange takes, and lets it go on.
STREAM_TEST(StreamsOnLoops, Rule5_NoByteIsLostWhereverACancellationStrikes) {
  const std::string there = random_bytes(3'000, 7);
  const std::string back = random_bytes(3'000, 8);
  bool struck = true;
  int struck_times = 0;
  for (int k = 0; struck && k < 2'000; k += 1) {
    ends<Kind> pair;
    exchange<typename Kind::stream> left{pair.a, there, std::string(back.size(), '\0'), true};
    exchange<typename Kind::stream> right{pair.b, back, std::string(there.size(), '\0'), false};
    play(by, [&]() -> task<result<void>> {
      std::stop_source stop;
      bool over = false;
      const auto interrupted = [&]() -> task<result<void>> {
        const result<void> first = co_await left.go_on().stop_on(stop.get_token());
        over = true;
        if (first) co_return {};
        expect_error(first, errc::operation_canceled);
        co_return co_await left.go_on();
      };
      const auto striker = [&]() -> task<result<void>> {
        co_await turns(k);
        struck = !over;
        stop.request_stop();
        co_return {};
      };
      scope s;
      s.spawn(interrupted());
      s.spawn(right.go_on());
      s.spawn(striker());
      co_return co_await s.join();
    });
    ASSERT_TRUE(left.in == back && right.in == there) << "the bytes differ when struck in turn " << k;
    struck_times += struck ? 1 : 0;
  }
  EXPECT_GT(struck_times, 10);
  EXPECT_FALSE(struck);
}

// The same for a thread: stopped at each of its sleeps in turn.
STREAM_TEST(StreamsThatSleep, Rule5_NoByteIsLostWhereverACancellationWakesAThread) {
  if (by != way::wait) return;
  const std::string there = random_bytes(3'000, 7);
  const std::string back = random_bytes(3'000, 8);
  bool struck = true;
  for (int k = 0; struck && k < 1'000; ++k) {
    ends<Kind> pair;
    exchange<typename Kind::stream> left{pair.a, there, std::string(back.size(), '\0'), true};
    exchange<typename Kind::stream> right{pair.b, back, std::string(there.size(), '\0'), false};
    std::jthread other([&] { expect_ok(right.go_on().wait()); });
    std::stop_source stop;
    struck = false;
    {
      const before_sleeping strike([&](int n) {
        if (n != k) return;
        struck = true;
        stop.request_stop();
      });
      const result<void> first = left.go_on().stop_on(stop.get_token()).wait();
      // Bytes may have come in that moment too, and the last ones at that.
      if (!first) expect_error(first, errc::operation_canceled);
    }
    expect_ok(left.go_on().wait());
    other.join();
    ASSERT_TRUE(left.in == back && right.in == there) << "the bytes differ when struck at sleep " << k;
  }
}

// Deadlines of almost no time strike everywhere.
STREAM_TEST(StreamsThatSleep, Rule5_NoByteIsLostToDeadlines) {
  const std::string there = random_bytes(200'000, 9);
  const std::string back = random_bytes(200'000, 10);
  ends<Kind> pair;
  exchange<typename Kind::stream> left{pair.a, there, std::string(back.size(), '\0'), true};
  exchange<typename Kind::stream> right{pair.b, back, std::string(there.size(), '\0'), false};
  const auto impatient = [](auto& side) -> task<result<void>> {
    for (unsigned i = 0;; ++i) {
      const result<void> r = co_await side.go_on().within(std::chrono::microseconds(i * 13 % 400));
      if (r) co_return {};
      expect_error(r, errc::timed_out);
      if (!(r.error() == errc::timed_out)) co_return r;
    }
  };
  together(by, [&] { return impatient(left); }, [&] { return impatient(right); });
  EXPECT_TRUE(left.in == back);
  EXPECT_TRUE(right.in == there);
}

template <class Listener, class Where>
void no_connection_is_lost(way by, Listener& listener, Where connect) {
  play(by, [&]() -> task<result<void>> {
    for (int i = 0; i < 50; ++i) {
      std::stop_source stop;
      bool got = false;
      const auto taker = [&]() -> task<result<void>> {
        const auto r = co_await listener.accept().stop_on(stop.get_token());
        got = r.has_value();
        if (!r) expect_error(r, errc::operation_canceled);
        co_return {};
      };
      scope s;
      s.spawn(taker());
      co_await turns();
      auto client = connect();
      if (i % 3 > 0) co_await turns(i % 3);
      stop.request_stop();
      co_await or_return(co_await s.join());
      if (!got) {
        EXPECT_TRUE(co_await listener.accept().within(soon));
      }
    }
    expect_error(listener.accept().now(), errc::operation_would_block);
    co_return {};
  });
}

class Listeners : public guarded<::testing::TestWithParam<way>> {};

TEST_P(Listeners, Rule5_NoConnectionIsLostToACancellation) {
  tcp_listener listener = tcp_listener::listen({ipv6_address::loopback(), port(0)}).value();
  const endpoint where = listener.local_endpoint().value();
  no_connection_is_lost(GetParam(), listener, [&] {
    tcp_socket s = tcp_socket::open(family::ipv6).value();
    result<tcp_stream> c = s.connect(where.ip()).now();
    while (would_block(c)) c = s.connect(where.ip()).now();
    expect_ok(c);
    return c;
  });
}

INSTANTIATE_TEST_SUITE_P(By, Listeners, ::testing::ValuesIn(loop_ways()), name_of_way);

}  // namespace

}  // namespace fairlead::testing
