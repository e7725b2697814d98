// SPDX-License-Identifier: MIT
// Copying one way and both ways: every byte, each end by itself, and the end of everything when one way
// fails.
#include <fairlead/copy.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <string>

#include <fairlead/any_stream.hpp>
#include <fairlead/descriptor.hpp>
#include <fairlead/options.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/process.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/timer.hpp>
#include <fairlead/unix.hpp>

#include "stream/everything.hpp"
#include "stream/scripted.hpp"
#include "stream/ways.hpp"
#include "support/allocations.hpp"
#include "support/bytes.hpp"
#include "support/expect.hpp"
#include "support/temp_dir.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;

class Copy : public every_way {};
FAIRLEAD_IN_EVERY_WAY(Copy);
class CopyBoth : public every_way {};
FAIRLEAD_IN_EVERY_WAY(CopyBoth);

TEST_P(Copy, MovesEveryByteAndThenTheEnd) {
  auto in = value_of(unix_stream::pair());
  auto out = value_of(tcp_stream::pair());
  const std::string data = random_bytes(5'000'000, 1);
  const auto story = [&](unix_stream& writer, unix_stream& from, tcp_stream& to, tcp_stream& reader,
                         std::string_view all) -> task<result<std::string>> {
    scope others;
    std::uint64_t moved = 0;
    others.spawn(write_everything(writer, all));
    others.spawn([](unix_stream& a, tcp_stream& b, std::uint64_t& count) -> task<result<void>> {
      count = co_await or_return(copy(a, b));
      co_return {};
    }(from, to, moved));
    std::string received = co_await or_return(read_everything(reader));
    co_await or_return(co_await others.join());
    EXPECT_EQ(moved, all.size());
    EXPECT_TRUE(to.is_open()) << "only the sending half is closed";
    co_return received;
  };
  EXPECT_TRUE(value_of(run(story(in.first, in.second, out.first, out.second, data))) == data);
}

TEST_P(Copy, MovesAFileThroughACommandIntoAFile) {
  const temp_dir dir;
  const std::string data = random_bytes(1'000'000, 2);
  auto from = value_of(descriptor_reader::open(dir.write("in", data)));
  const std::string path = (dir / "out").string();
  auto to = value_of(descriptor_writer::open(path));
  const auto story = [](descriptor_reader& in, descriptor_writer& out) -> task<result<std::uint64_t>> {
    process cat = co_await or_return(process::start(command::program("cat")));
    scope feeding;
    feeding.spawn(copy(in, cat.stream().writer()));
    const std::uint64_t moved = co_await or_return(copy(cat.stream().reader(), out));
    co_await or_return(co_await feeding.join());
    EXPECT_TRUE(value_of(co_await cat.wait()).ok());
    co_return moved;
  };
  EXPECT_EQ(value_of(run(story(from, to))), data.size());
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(std::string(std::istreambuf_iterator<char>(file), {}) == data);
}

TEST_P(Copy, OfNothingPassesTheEndOn) {
  scripted_stream from;
  scripted_stream to;
  const auto story = [](scripted_stream& a, scripted_stream& b) -> task<result<std::uint64_t>> {
    co_return co_await copy(a, b);
  };
  EXPECT_EQ(value_of(run(story(from, to))), 0U);
  EXPECT_TRUE(to.finished);
}

TEST_P(Copy, SaysHowMuchWentBeforeAnError) {
  scripted_stream from({"abc", "defg"});
  from.fails_with = errc::connection_reset;
  scripted_stream to;
  const auto story = [](scripted_stream& a, scripted_stream& b) -> task<result<std::uint64_t>> {
    co_return co_await copy(a, b);
  };
  const auto r = run(story(from, to));
  expect_error(r, errc::connection_reset);
  EXPECT_EQ(r.error().transferred(), 7U);
  EXPECT_FALSE(to.finished) << "an error is no end";
}

TEST_P(Copy, EndsAtItsDeadlineAndLosesNothing) {
  auto in = value_of(unix_stream::pair());
  auto out = value_of(unix_stream::pair());
  const auto story = [](unix_stream& a, unix_stream& b, unix_stream& c) -> task<result<std::string>> {
    co_await or_return(a.send("before"));
    const auto r = co_await copy(b, c).within(3ms);
    EXPECT_EQ(r.error(), errc::timed_out);
    co_await or_return(write_everything(a, " and after"));
    EXPECT_EQ(value_of(co_await copy(b, c)), 16U - r.error().transferred());
    co_return {};
  };
  (void)run(story(in.first, in.second, out.first));
  EXPECT_EQ(value_of(read_everything(out.second).wait()), "before and after");
}

TEST_P(Copy, IsStoppedInTheMiddleOfASendAndSaysSo) {
  auto out = value_of(unix_stream::pair());
  scripted_stream from({std::string(8'000'000, 'x')});  // more than any socket's buffer
  const auto story = [](scripted_stream& a, unix_stream& b,
                        std::stop_token t) -> task<result<std::uint64_t>> {
    copy_options large;
    large.piece = 8'000'000;
    co_return co_await copy(a, b, large).stop_on(t);
  };
  const stop_when_readable stop(out.second);
  const auto r = run(story(from, out.first, stop.token()));
  expect_error(r, errc::operation_canceled);
  EXPECT_GT(r.error().transferred(), 0U);
  expect_ok(out.first.close());
  EXPECT_EQ(value_of(read_everything(out.second).wait()).size(), r.error().transferred());
}

struct drain {
  task<result<std::size_t>> send(const_buffer b) { co_return b.size; }
  task<result<void>> shutdown() { co_return {}; }
};

TEST_P(Copy, AllocatesNothingForAPiece) {
  if (!allocations_are_counted()) GTEST_SKIP() << "a sanitizer counts its own way";
  const auto cost_of = [this](std::size_t pieces) {
    const std::string data = random_bytes(pieces * 1000, 3);
    auto in = value_of(unix_stream::pair());
    const auto story = [](unix_stream& a, unix_stream& b, std::string_view all) -> task<result<std::size_t>> {
      copy_options small;
      small.piece = 1000;
      drain nowhere;
      scope writers;
      writers.spawn(write_everything(a, all));
      const std::size_t before = allocations_here();
      const std::uint64_t moved = co_await or_return(copy(b, nowhere, small));
      const std::size_t after = allocations_here();
      EXPECT_EQ(moved, all.size());
      co_await or_return(co_await writers.join());
      co_return after - before;
    };
    return value_of(run(story(in.first, in.second, data)));
  };
  (void)cost_of(10);
  EXPECT_EQ(cost_of(10), cost_of(1000));
}

// A relay between two pairs: what goes into `left` comes out of `right`.
struct relay {
  tcp_stream left;
  tcp_stream near;
  unix_stream far;
  unix_stream right;
  relay() {
    auto a = value_of(tcp_stream::pair());
    auto b = value_of(unix_stream::pair());
    left = std::move(a.first), near = std::move(a.second);
    far = std::move(b.first), right = std::move(b.second);
  }
};

TEST_P(CopyBoth, MovesMegabytesBothWaysAtOnce) {
  relay r;
  const std::string there = random_bytes(3'000'000, 4);
  const std::string back = random_bytes(2'000'000, 5);
  const auto story = [](relay& m, std::string_view to_right,
                        std::string_view to_left) -> task<result<relay_report>> {
    scope users;
    users.spawn(write_everything(m.left, to_right));
    users.spawn(write_everything(m.right, to_left));
    std::string at_left;
    std::string at_right;
    const auto keep = [](auto& from, std::string& into) -> task<result<void>> {
      into = co_await or_return(read_everything(from));
      co_return {};
    };
    users.spawn(keep(m.left, at_left));
    users.spawn(keep(m.right, at_right));
    const relay_report report = co_await or_return(copy_both(m.near, m.far));
    co_await or_return(co_await users.join());
    EXPECT_TRUE(at_right == to_right && at_left == to_left);
    co_return report;
  };
  const relay_report report = value_of(run(story(r, there, back)));
  EXPECT_EQ(report.there.bytes, there.size());
  EXPECT_EQ(report.back.bytes, back.size());
  EXPECT_TRUE(report.there.ended && report.back.ended);
  EXPECT_FALSE(report.there.failed || report.back.failed);
}

TEST_P(CopyBoth, PassesEachHalfCloseOnByItself) {
  relay r;
  const auto story = [](relay& m) -> task<result<std::string>> {
    scope relays;
    relay_report report;
    relays.spawn(copy_both(m.near, m.far, report));
    co_await or_return(write_everything(m.left, "question"));
    std::string heard =
        co_await or_return(read_everything(m.right));  // ends, although no answer was given yet
    EXPECT_TRUE(report.there.ended);
    EXPECT_FALSE(report.back.ended);
    EXPECT_EQ(report.there.bytes, 8U) << "the report is there while it goes on";
    co_await or_return(write_everything(m.right, "answer"));
    heard += ", " + co_await or_return(read_everything(m.left));
    co_await or_return(co_await relays.join());
    EXPECT_TRUE(report.back.ended);
    co_return heard;
  };
  EXPECT_EQ(value_of(run(story(r))), "question, answer");
}

TEST_P(CopyBoth, EndsBothWaysWhenOneFailsAndSaysWhich) {
  relay r;
  const auto story = [](relay& m, relay_report& report) -> task<result<void>> {
    scope relays;
    result<void> outcome;
    relays.spawn([](relay& all, relay_report& told, result<void>& into) -> task<> {
      into = co_await copy_both(all.near, all.far, told);
    }(m, report, outcome));
    co_await or_return(m.left.send("abc"));
    std::array<char, 3> b{};
    co_await or_return(m.right.recv(b));
    EXPECT_TRUE(m.left.set(option::linger(0s)));  // closing resets
    EXPECT_TRUE(m.left.close());
    (void)co_await relays.join();
    co_return outcome;
  };
  relay_report report;
  const auto outcome = run(story(r, report));
  expect_error(outcome, errc::connection_reset);
  EXPECT_TRUE(outcome.error().message().starts_with("copy first to second: recv tcp://127.0.0.1:"))
      << outcome.error().message();
  EXPECT_TRUE(outcome.error().message().ends_with(": connection reset by peer")) << outcome.error().message();
  EXPECT_EQ(outcome.error().transferred(), 3U);
  ASSERT_TRUE(report.there.failed && report.back.failed);
  EXPECT_EQ(*report.there.failed, errc::connection_reset);
  EXPECT_EQ(*report.back.failed, errc::operation_canceled);
  EXPECT_FALSE(report.there.ended || report.back.ended);
}

TEST_P(CopyBoth, NamesTheOtherDirectionToo) {
  scripted_stream silent;
  silent.fails_with = errc::io_error;
  auto pair = value_of(unix_stream::pair());
  const auto story = [](unix_stream& a, scripted_stream& b) -> task<result<relay_report>> {
    co_return co_await copy_both(a, b);
  };
  const auto outcome = run(story(pair.first, silent));
  expect_error(outcome, errc::io_error);
  EXPECT_EQ(outcome.error().message(), "copy second to first: recv: input/output error");
}

TEST_P(CopyBoth, EndsWhenItIsStoppedOrOutOfTime) {
  relay r;
  const auto story = [](relay& m) -> task<result<void>> {
    relay_report report;
    std::stop_source source;
    source.request_stop();
    expect_error(co_await copy_both(m.near, m.far, report).stop_on(source.get_token()),
                 errc::operation_canceled);
    EXPECT_EQ(report.there.failed.value(), errc::operation_canceled);
    relay_report late;
    expect_error(co_await copy_both(m.near, m.far, late).within(2ms), errc::timed_out);
    EXPECT_EQ(late.back.failed.value(), errc::timed_out);
    co_await or_return(m.left.send("still open"));
    std::array<char, 20> b{};
    EXPECT_EQ(value_of(co_await m.near.recv(b)), 10U);
    co_return {};
  };
  value_of(run(story(r)));
}

TEST_P(CopyBoth, EndsAfterASilenceOfBothDirectionsOnly) {
  relay r;
  const auto story = [](relay& m) -> task<result<void>> {
    scope relays;
    relay_report report;
    result<void> outcome;
    relays.spawn([](relay& all, relay_report& told, result<void>& into) -> task<> {
      copy_options o;
      o.idle = 40ms;
      into = co_await copy_both(all.near, all.far, told, o);
      expect_ok(all.far.close());
    }(m, report, outcome));
    const time_point begin = clock::now();
    duration longest_silence{};
    std::array<char, 1> b{};
    // One direction alone keeps the relay alive for longer than the silence that it allows.
    for (time_point last = begin; last - begin < 100ms;) {
      co_await or_return(m.left.send("x"));
      const std::size_t n = co_await or_return(m.right.recv(b));
      if (n > 0) co_await or_return(sleep_for(4ms));
      longest_silence = std::max(longest_silence, clock::now() - last);
      if (n == 0) break;
      last = clock::now();
    }
    if (longest_silence < 20ms) {  // else the machine was too busy to tell
      EXPECT_FALSE(report.there.failed || report.back.failed);
    }
    (void)co_await relays.join();
    co_return outcome;
  };
  const auto outcome = run(story(r));
  expect_error(outcome, errc::timed_out);
  EXPECT_NE(outcome.error().message().find(": silent for 0.04 s"), std::string::npos)
      << outcome.error().message();
}

TEST(CopySilence, IsNoneIfTheOtherDirectionHasMovedBytesMeanwhile) {
  const error late(errc::timed_out, verb::recv);
  const time_point past = clock::now() - 1s;
  const detail::silence talkative(1h);
  EXPECT_FALSE(talkative.verdict(late, past));
  EXPECT_EQ(talkative.verdict(late, clock::now() + 1h).value(), errc::timed_out)
      << "a deadline that is not ours";
  const detail::silence silent(duration::zero());
  EXPECT_EQ(silent.verdict(late, past).value().message(), "recv: silent for 0 s");
  EXPECT_EQ(talkative.verdict(error(errc::connection_reset), past).value(), errc::connection_reset);
  EXPECT_EQ(detail::silence(duration::max()).due(), time_point::max());
  EXPECT_EQ(detail::silence(duration::max() - 1ns).due(), time_point::max());
}

TEST_P(CopyBoth, WorksOnAnyStreamWithADeadlineForSilence) {
  relay r;
  any_stream near(std::move(r.near));
  any_stream far(std::move(r.far));
  const std::string data = random_bytes(2'000'000, 8);
  const auto story = [](relay& m, any_stream& a, any_stream& b,
                        std::string_view all) -> task<result<std::string>> {
    scope others;
    copy_options o;
    o.idle = std::chrono::duration_cast<duration>(soon);
    others.spawn(copy_both(a, b, o));
    others.spawn(write_everything(m.left, all));
    std::string seen = co_await or_return(read_everything(m.right));
    co_await or_return(m.right.shutdown());
    EXPECT_EQ(value_of(co_await read_everything(m.left)), "");
    co_await or_return(co_await others.join());
    co_return seen;
  };
  EXPECT_TRUE(value_of(run(story(r, near, far, data))) == data);
}

}  // namespace
}  // namespace fairlead::testing
