// SPDX-License-Identifier: MIT
// Rule 4: a deadline is fixed when the operation starts and covers every retry; of several the earliest wins;
// and the ways to end without bytes are all different.
#include <string>

#include "conformance/streams.hpp"
#include "support/bytes.hpp"
#include "support/system_calls.hpp"

namespace fairlead::testing {

namespace {

using namespace std::chrono_literals;

STREAM_TEST(StreamsThatSleep, Rule4_TheWaysToEndWithoutBytesAreAllDifferent) {
  ends<Kind> pair;
  std::string buffer(8, '.');
  play(by, [&]() -> task<result<void>> {
    expect_error(pair.b.recv(buffer).now(), errc::operation_would_block);
    expect_error(co_await pair.b.recv(buffer).within(1ms), errc::timed_out);
    std::stop_source stop;
    stop.request_stop();
    expect_error(co_await pair.b.recv(buffer).stop_on(stop.get_token()), errc::operation_canceled);
    co_await or_return(pair.a.shutdown());
    EXPECT_EQ(co_await or_return(pair.b.recv(buffer)), 0U);
    expect_error(co_await pair.b.recv_exactly(buffer), fault::end_of_stream);
    EXPECT_EQ(buffer, "........");
    co_return {};
  });
}

STREAM_TEST(StreamsThatSleep, Rule4_ADeadlineCountsFromTheStartNotFromTheMaking) {
  ends<Kind> pair;
  std::string buffer(8, '.');
  play(by, [&]() -> task<result<void>> {
    auto made_early = pair.b.recv(buffer).within(20ms);
    let_pass(20ms);
    const time_point start = clock::now();
    expect_error(co_await std::move(made_early), errc::timed_out);
    EXPECT_GE(clock::now() - start, 20ms);
    co_return {};
  });
}

STREAM_TEST(StreamsThatSleep, Rule4_AnOperationIsTriedOnceEvenAfterItsDeadline) {
  ends<Kind> pair;
  std::string buffer(8, '.');
  play(by, [&]() -> task<result<void>> {
    co_await or_return(pair.a.send("here"));
    const time_point past = clock::now() - 1h;
    EXPECT_EQ(co_await or_return(pair.b.recv(buffer).until(past)), 4U);
    expect_error(co_await pair.b.recv(buffer).until(past), errc::timed_out);
    expect_error(co_await pair.b.recv(buffer).within(-1s), errc::timed_out);
    EXPECT_EQ(co_await or_return(pair.a.send("x").until(past)), 1U);
    co_return {};
  });
}

// Endless durations must not wrap around into the past.
STREAM_TEST(StreamsThatSleep, Rule4_AVeryLongTimeIsLong) {
  ends<Kind> pair;
  together(
      by,
      [&]() -> task<result<void>> {
        std::string buffer(8, '.');
        co_await or_return(pair.b.send("?"));
        EXPECT_EQ(co_await or_return(pair.b.recv(buffer).within(duration::max())), 1U);
        co_await or_return(pair.b.send("?"));
        EXPECT_EQ(co_await or_return(pair.b.recv(buffer).within(std::chrono::hours(24 * 365 * 200))), 1U);
        co_await or_return(pair.b.send("?"));
        EXPECT_EQ(co_await or_return(pair.b.recv(buffer).until(time_point::max())), 1U);
        co_return {};
      },
      [&]() -> task<result<void>> {
        std::string buffer(8, '.');
        for (int i = 0; i < 3; ++i) {
          co_await or_return(pair.a.recv(buffer));
          co_await or_return(sleep_for(1ms));  // the other side waits by now, most of the time
          co_await or_return(pair.a.send("x"));
        }
        co_return {};
      });
}

STREAM_TEST(StreamsThatSleep, Rule4_OfAnOperationsDeadlinesTheEarliestWins) {
  ends<Kind> pair;
  std::string buffer(8, '.');
  play(by, [&]() -> task<result<void>> {
    expect_error(co_await pair.b.recv(buffer).within(1h).within(2ms), errc::timed_out);
    expect_error(co_await pair.b.recv(buffer).within(2ms).within(1h), errc::timed_out);
    expect_error(co_await pair.b.recv(buffer).within(1h).until(clock::now() + 2ms), errc::timed_out);
    expect_error(co_await pair.b.recv(buffer).until(clock::now() + 2ms).within(1h), errc::timed_out);
    co_return {};
  });
}

STREAM_TEST(StreamsThatSleep, Rule4_OfNestedDeadlinesTheEarliestWins) {
  ends<Kind> pair;
  std::string buffer(8, '.');
  const auto receive = [&](duration d) -> task<result<std::size_t>> {
    co_return co_await pair.b.recv(buffer).within(d);
  };
  const auto deeper = [&](duration middle, duration inner) -> task<result<std::size_t>> {
    co_return co_await receive(inner).within(middle);
  };
  play(by, [&]() -> task<result<void>> {
    expect_error(co_await receive(1h).within(5ms), errc::timed_out);
    expect_error(co_await receive(5ms).within(1h), errc::timed_out);
    expect_error(co_await deeper(5ms, 1h).within(1h), errc::timed_out);
    expect_error(co_await deeper(1h, 1h).within(5ms), errc::timed_out);
    // And all of them are over: nothing of them bothers what comes next.
    co_await or_return(pair.a.send("still"));
    EXPECT_EQ(co_await or_return(receive(1h).within(1h)), 5U);
    co_return {};
  });
}

// An inner deadline ends the inner task alone; what surrounds it has time left.
STREAM_TEST(StreamsThatSleep, Rule4_AnInnerDeadlineDoesNotHurryWhatSurroundsIt) {
  ends<Kind> pair;
  std::string buffer(8, '.');
  const auto patient = [&]() -> task<result<std::size_t>> {
    const auto impatient = [&]() -> task<result<std::size_t>> { co_return co_await pair.b.recv(buffer); };
    expect_error(co_await impatient().within(2ms), errc::timed_out);
    co_await or_return(pair.a.send("later"));
    co_return co_await pair.b.recv(buffer);
  };
  play(by, [&]() -> task<result<void>> {
    EXPECT_EQ(co_await or_return(patient().within(1h)), 5U);
    co_return {};
  });
}

STREAM_TEST(StreamsThatSleep, Rule4_ADeadlineReachesTheTasksOfAScope) {
  ends<Kind> pair;
  std::string buffer(8, '.');
  const auto receive = [&]() -> task<result<void>> {
    expect_error(co_await pair.b.recv(buffer), errc::timed_out);
    co_return {};
  };
  const auto body = [&]() -> task<result<void>> {
    scope s;
    s.spawn(receive());
    expect_error(co_await pair.a.recv(buffer), errc::timed_out);
    co_return co_await s.join();
  };
  play(by, [&]() -> task<result<void>> {
    expect_ok(co_await body().within(10ms));
    co_return {};
  });
}

// One byte after another, each before the time is over: the time is for all of them.
STREAM_TEST(StreamsThatSleep, Rule4_ADeadlineCoversEveryRetryOfAComposedOperation) {
  ends<Kind> pair;
  std::stop_source enough;
  EXPECT_TRUE(pair.a.send("x").wait());  // so that some have come, whoever gets no processor
  together(
      by,
      [&]() -> task<result<void>> {
        std::string buffer(1000, '.');
        const time_point start = clock::now();
        const result<std::size_t> r = co_await pair.b.recv_exactly(buffer).within(50ms);
        expect_error(r, errc::timed_out);
        EXPECT_GE(clock::now() - start, 50ms);
        if (!r) {
          EXPECT_GT(r.error().transferred(), 0U);
          EXPECT_LT(r.error().transferred(), 1000U);
          EXPECT_EQ(buffer.substr(0, r.error().transferred()), std::string(r.error().transferred(), 'x'));
        }
        enough.request_stop();
        co_return {};
      },
      [&]() -> task<result<void>> {
        while (!enough.stop_requested()) {
          co_await or_return(pair.a.send("x"));
          (void)co_await sleep_for(2ms).stop_on(enough.get_token());
        }
        co_return {};
      });
}

// Here nothing ever waits, because the other side takes everything at once.
STREAM_TEST(StreamsThatSleep, Rule4_ADeadlineEndsASendThatNeverHasToWait) {
  ends<Kind> pair;
  const endless_zeros plenty(std::size_t{1} << 36U);
  together(
      by,
      [&]() -> task<result<void>> {
        const result<std::size_t> r = co_await pair.a.send(plenty.bytes()).within(50ms);
        expect_error(r, errc::timed_out);
        co_return co_await pair.a.shutdown();
      },
      [&]() -> task<result<void>> {
        std::vector<std::byte> buffer(1'000'000);
        while (co_await or_return(pair.b.recv(buffer)) > 0) continue;
        co_return {};
      });
}

STREAM_TEST(StreamsThatSleep, Rule4_ADeadlineEndsATaskWhoseOperationsNeverHaveToWait) {
  ends<Kind> pair;
  const auto busy = [&]() -> task<result<void>> {
    for (;;) co_await or_return(pair.a.writable());
  };
  play(by, [&]() -> task<result<void>> {
    expect_error(co_await busy().within(10ms), errc::timed_out);
    co_return {};
  });
}

STREAM_TEST(StreamsThatSleep, Rule4_ATaskThatIsOutOfTimeCanStillSayWhatItHas) {
  ends<Kind> pair;
  std::string buffer(8, '.');
  const auto collect = [&]() -> task<result<std::size_t>> {
    std::size_t total = 0;
    for (;;) {
      const result<std::size_t> n = co_await pair.b.recv(buffer);
      if (!n) co_return total;
      total += *n;
    }
  };
  play(by, [&]() -> task<result<void>> {
    co_await or_return(pair.a.send("three"));
    EXPECT_EQ(co_await or_return(collect().within(5ms)), 5U);
    co_return {};
  });
}

STREAM_TEST(StreamsThatSleep, Rule4_ADeadlineThatWasKeptIsForgotten) {
  ends<Kind> pair;
  std::string buffer(8, '.');
  play(by, [&]() -> task<result<void>> {
    for (int i = 0; i < 100; ++i) {
      co_await or_return(pair.a.send("x").within(1ms));
      const result<std::size_t> r = co_await pair.b.recv(buffer).within(1h);
      EXPECT_TRUE(r);
    }
    // The deadlines of the sends have passed long ago, and each belonged to its own send.
    expect_error(co_await pair.b.recv(buffer).within(5ms), errc::timed_out);
    co_return {};
  });
}

class Sleeping : public guarded<::testing::TestWithParam<way>> {};

TEST_P(Sleeping, Rule4_LastsAtLeastAsLongAsAsked) {
  play(GetParam(), []() -> task<result<void>> {
    for (const duration d :
         {duration(0), duration(1), duration(1us), duration(1ms), duration(7ms), duration(20ms)}) {
      const time_point start = clock::now();
      co_await or_return(sleep_for(d));
      EXPECT_GE(clock::now() - start, d);
      const time_point due = clock::now() + d;
      co_await or_return(sleep_until(due));
      EXPECT_GE(clock::now(), due);
    }
    co_return {};
  });
}

TEST_P(Sleeping, Rule4_OfTheUntimelyEndsAtOnce) {
  play(GetParam(), []() -> task<result<void>> {
    co_await or_return(sleep_for(-1h));
    co_await or_return(sleep_until(time_point::min()));
    co_await or_return(sleep_until(clock::now() - 1h));
    co_return {};
  });
}

TEST_P(Sleeping, Rule4_EndsEarlyByADeadlineOrAStop) {
  play(GetParam(), []() -> task<result<void>> {
    expect_error(co_await sleep_for(1h).within(2ms), errc::timed_out);
    expect_ok(co_await sleep_for(2ms).within(1h));
    expect_error(co_await sleep_until(time_point::max()).within(2ms), errc::timed_out);
    expect_error(co_await sleep_for(duration::max()).within(2ms), errc::timed_out);
    std::stop_source stop;
    stop.request_stop();
    expect_error(co_await sleep_for(1h).stop_on(stop.get_token()), errc::operation_canceled);
    co_return {};
  });
}

INSTANTIATE_TEST_SUITE_P(By, Sleeping, ::testing::ValuesIn(sleeping_ways()), name_of_way);

}  // namespace

}  // namespace fairlead::testing
