// SPDX-License-Identifier: MIT
// Lines, delimiters and exact counts out of any stream, however its bytes arrive.
#include <fairlead/buffered.hpp>

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include <fairlead/any_stream.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/unix.hpp>

#include "stream/scripted.hpp"
#include "stream/ways.hpp"
#include "support/allocations.hpp"
#include "support/bytes.hpp"
#include "support/expect.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;
using words = std::vector<std::string>;

class BufferedReader : public every_way {};
FAIRLEAD_IN_EVERY_WAY(BufferedReader);
class BufferedReaderOnALoop : public every_backend {};
FAIRLEAD_ON_EVERY_BACKEND(BufferedReaderOnALoop);

static_assert(!std::is_copy_constructible_v<buffered_reader<unix_stream&>>);
static_assert(std::is_move_constructible_v<buffered_reader<unix_stream>>);

template <class Reader>
task<result<words>> all_lines(Reader& reader, std::size_t limit = 65536) {
  words lines;
  while (const auto line = co_await or_return(reader.line(limit))) lines.emplace_back(*line);
  co_return lines;
}

words lines_of(std::deque<std::string> pieces, std::size_t limit = 65536) {
  buffered_reader reader(scripted_stream(std::move(pieces)));
  return value_of(all_lines(reader, limit).wait());
}

task<result<void>> send_pieces(unix_stream& to, std::deque<std::string> pieces) {
  for (const std::string& piece : pieces) {
    co_await or_return(to.send(piece));
    co_await yield();  // so that the reader meets every piece alone
  }
  co_return co_await to.shutdown();
}

TEST_P(BufferedReader, GivesTheSameLinesHoweverTheyArrive) {
  std::mt19937 random(1);
  words expected;
  std::string text;
  for (int i = 0; i < 500; ++i) {
    expected.push_back(std::string(random() % 60, static_cast<char>('a' + i % 26)));
    text += expected.back() + (random() % 2 == 0 ? "\n" : "\r\n");
  }
  for (const std::size_t most : {1U, 3U, 100U, 100'000U}) {
    auto ends = value_of(unix_stream::pair());
    const auto story = [](unix_stream& a, unix_stream& b,
                          std::deque<std::string> pieces) -> task<result<words>> {
      scope senders;
      senders.spawn(send_pieces(a, std::move(pieces)));
      buffered_reader reader(b);
      words lines = co_await or_return(all_lines(reader, 60));
      co_await or_return(co_await senders.join());
      co_return lines;
    };
    EXPECT_EQ(value_of(run(story(ends.first, ends.second, in_random_pieces(text, most, 2)))), expected);
  }
}

TEST(BufferedLines, EndWithNewlineOrCarriageReturnNewlineOrTheStream) {
  EXPECT_EQ(lines_of({"a\nb\r\n\n\r\nlast"}), (words{"a", "b", "", "", "last"}));
  EXPECT_EQ(lines_of({"a\r", "\nb\r", "c\n"}), (words{"a", "b\rc"}));
  EXPECT_EQ(lines_of({"\n"}), (words{""}));
  EXPECT_EQ(lines_of({}), words{});
  EXPECT_EQ(lines_of({"only\r"}), (words{"only\r"}));
  EXPECT_EQ(lines_of({std::string("nul\0byte\n", 9)}), (words{std::string("nul\0byte", 8)}));
}

TEST(BufferedLines, AreGivenAtTheEndOnceAndThenNoMore) {
  scripted_stream source({"last"});
  buffered_reader reader(source);
  EXPECT_EQ(value_of(reader.line().wait()), "last");
  EXPECT_EQ(value_of(reader.line().wait()), std::nullopt);
  const std::size_t asked = source.receives;
  EXPECT_EQ(value_of(reader.line().wait()), std::nullopt);
  EXPECT_EQ(source.receives, asked) << "a terminal would want another Ctrl-D";
}

TEST(BufferedLines, HaveALimitThatCountsNoLineEnd) {
  EXPECT_EQ(lines_of({"12345\n", "12345\r\n", "12345"}, 5), (words{"12345", "12345", "12345"}));
  EXPECT_EQ(lines_of({"\n\r\n"}, 0), (words{"", ""}));
  for (const unsigned seed : {1U, 2U, 3U}) {
    for (const char* const text : {"123456\n", "123456\r\n", "123456", "12345\rx\n", "12345\r"}) {
      buffered_reader reader(scripted_stream(in_random_pieces(text, 4, seed)));
      const auto r = reader.line(5).wait();
      ASSERT_FALSE(r) << text;
      EXPECT_EQ(r.error(), fault::too_long);
      EXPECT_EQ(r.error().message(), "recv: a line is longer than the limit of 5 bytes");
      EXPECT_EQ(reader.line(5).wait().error(), fault::too_long) << "asking again changes nothing";
      EXPECT_EQ(as_text(value_of(reader.exact(5).wait())), "12345") << "and nothing was lost";
    }
  }
}

TEST(BufferedLines, OfAnEndlessPeerTakeNoMoreMemoryThanTheLimit) {
  std::deque<std::string> endless;
  for (int i = 0; i < 1000; ++i) endless.emplace_back(10'000, 'x');
  scripted_stream source(std::move(endless));
  buffered_reader reader(source);
  EXPECT_EQ(reader.line(100'000).wait().error(), fault::too_long);
  EXPECT_LE(reader.buffered().size(), 200'000U);
}

TEST(BufferedUntil, FindsDelimitersAcrossPieces) {
  const std::string text = "first\r\n\r\nsecond\r\n\r\n\r\n\r\n";
  for (unsigned seed = 0; seed < 20; ++seed) {
    buffered_reader reader(scripted_stream(in_random_pieces(text, 1 + seed % 5, seed)));
    EXPECT_EQ(value_of(reader.until("\r\n\r\n").wait()), "first");
    EXPECT_EQ(value_of(reader.until("\r\n\r\n").wait()), "second");
    EXPECT_EQ(value_of(reader.until("\r\n\r\n").wait()), "");
    EXPECT_EQ(value_of(reader.until("\r\n\r\n").wait()), std::nullopt);
  }
}

TEST(BufferedUntil, FindsADelimiterThatLooksLikeItself) {
  buffered_reader reader(scripted_stream({"a", "a", "a", "b", "aab"}));
  EXPECT_EQ(value_of(reader.until("aab").wait()), "a");
  EXPECT_EQ(value_of(reader.until("aab").wait()), "");
}

TEST(BufferedUntil, SaysWhenTheStreamEndsBeforeTheDelimiter) {
  buffered_reader reader(scripted_stream({"half"}));
  const auto r = reader.until(";").wait();
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error(), fault::end_of_stream);
  EXPECT_EQ(r.error().transferred(), 4U);
  EXPECT_EQ(as_text(reader.buffered()), "half");
}

TEST(BufferedUntil, HasALimitAndNeedsADelimiter) {
  for (const char* const text : {"123456;", "1234567890"}) {
    buffered_reader reader(scripted_stream(in_random_pieces(text, 2, 1)));
    EXPECT_EQ(reader.until(";", 5).wait().error().message(),
              "recv: what comes before the delimiter is longer than the limit of 5 bytes");
  }
  buffered_reader reader(scripted_stream({"12345;"}));
  EXPECT_EQ(reader.until("").wait().error(), errc::invalid_argument);
  EXPECT_EQ(value_of(reader.until(";", 5).wait()), "12345");
}

TEST(BufferedExact, GivesWhatWasAskedForOrSaysHowMuchThereIs) {
  buffered_reader reader(scripted_stream({"abc", "defgh", "i"}));
  EXPECT_EQ(as_text(value_of(reader.exact(0).wait())), "");
  EXPECT_EQ(as_text(value_of(reader.exact(4).wait())), "abcd");
  EXPECT_EQ(as_text(value_of(reader.exact(2).wait())), "ef");
  const auto r = reader.exact(4).wait();
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error(), fault::end_of_stream);
  EXPECT_EQ(r.error().transferred(), 3U);
  EXPECT_EQ(as_text(value_of(reader.exact(3).wait())), "ghi") << "what there is stays";
}

TEST(BufferedExact, GivesPiecesThatAreLargerThanTheBuffer) {
  const std::string big = random_bytes(300'000, 7);
  buffered_reader reader(scripted_stream(in_random_pieces(big + big, 5000, 3)));
  EXPECT_TRUE(as_text(value_of(reader.exact(big.size()).wait())) == big);
  EXPECT_TRUE(as_text(value_of(reader.exact(big.size()).wait())) == big);
}

TEST(BufferedPeek, ConsumesNothing) {
  buffered_reader reader(scripted_stream({"ab", "cd"}));
  EXPECT_EQ(as_text(value_of(reader.peek().wait())), "ab");
  EXPECT_EQ(as_text(value_of(reader.peek(3).wait())), "abcd");
  EXPECT_EQ(as_text(value_of(reader.peek(10).wait())), "abcd") << "the stream has ended";
  EXPECT_EQ(as_text(value_of(reader.exact(4).wait())), "abcd");
  EXPECT_EQ(as_text(value_of(reader.peek().wait())), "");
}

TEST(BufferedReadAhead, ComesFirstWhenTheReaderIsUsedAsAStream) {
  scripted_stream source({"STARTTLS\r\nclient", " hello"});
  buffered_reader reader(source);
  EXPECT_EQ(value_of(reader.line().wait()), "STARTTLS");
  EXPECT_EQ(as_text(reader.buffered()), "client");
  buffered_reader<decltype(reader)&> upper(reader);  // a layer over it
  EXPECT_EQ(as_text(value_of(upper.exact(12).wait())), "client hello");
  std::array<char, 8> more{};
  EXPECT_EQ(value_of(reader.recv(more).wait()), 0U);
  EXPECT_EQ(value_of(reader.send("reply").wait()), 5U);
  expect_ok(reader.shutdown().wait());
  expect_ok(reader.close());
  EXPECT_EQ(source.sent, words{"reply"});
  EXPECT_TRUE(source.finished);
}

TEST(BufferedReadAhead, IsGivenInPortionsAndThenComesFromTheStreamItself) {
  scripted_stream source({"abcdef", "ghi"});
  buffered_reader reader(source);
  EXPECT_EQ(as_text(value_of(reader.exact(1).wait())), "a");
  std::array<char, 3> some{};
  EXPECT_EQ(value_of(reader.recv(some).wait()), 3U);
  EXPECT_EQ(std::string_view(some.data(), 3), "bcd");
  EXPECT_EQ(value_of(reader.recv(some).wait()), 2U);
  EXPECT_EQ(value_of(reader.recv(some).wait()), 3U);
  EXPECT_EQ(std::string_view(some.data(), 3), "ghi");
  EXPECT_EQ(value_of(reader.recv(some).wait()), 0U);
}

TEST(BufferedReadAhead, CanBeTakenAndGivenToAnotherReader) {
  buffered_reader first(scripted_stream({"line\nrest, ", "and more"}));
  EXPECT_EQ(value_of(first.line().wait()), "line");
  auto [source, ahead] = std::move(first).release();
  EXPECT_EQ(as_text(ahead), "rest, ");
  buffered_reader second(std::move(source), ahead);
  EXPECT_EQ(value_of(second.line().wait()), "rest, and more");
  scripted_stream other({"x;y"});
  buffered_reader third(other);
  EXPECT_EQ(value_of(third.until(";").wait()), "x");
  EXPECT_EQ(as_text(third.take_buffered()), "y");
  EXPECT_TRUE(third.buffered().empty());
}

TEST(BufferedErrors, LeaveWhatHasArrived) {
  scripted_stream source({"half a li"});
  source.fails_with = errc::connection_reset;
  buffered_reader reader(source);
  EXPECT_EQ(reader.line().wait().error(), errc::connection_reset);
  EXPECT_EQ(as_text(reader.buffered()), "half a li");
  source.arrives.emplace_back("ne\n");
  EXPECT_EQ(value_of(reader.line().wait()), "half a line");
}

TEST_P(BufferedReader, LosesNothingToADeadline) {
  auto ends = value_of(unix_stream::pair());
  const auto story = [](unix_stream& a, unix_stream& b) -> task<result<std::string>> {
    buffered_reader reader(b);
    co_await or_return(a.send("half "));
    EXPECT_EQ((co_await reader.line().within(2ms)).error(), errc::timed_out);
    co_await or_return(a.send("a line"));
    EXPECT_EQ((co_await reader.exact(100).within(2ms)).error(), errc::timed_out);
    co_await or_return(a.send("\n"));
    const auto line = co_await or_return(reader.line().within(soon));
    co_return std::string(line.value_or("nothing"));
  };
  EXPECT_EQ(value_of(run(story(ends.first, ends.second))), "half a line");
}

TEST_P(BufferedReaderOnALoop, LosesNothingWhenItsCoroutineIsDestroyed) {
  auto ends = value_of(unix_stream::pair());
  const auto story = [](unix_stream& a, any_stream b) -> task<result<std::string>> {
    buffered_reader reader(b);
    co_await or_return(a.send("half "));
    for (int i = 0; i < 3; ++i) {
      scope readers;
      readers.spawn(all_lines(reader));
      co_await yield();
      co_await yield();
      EXPECT_EQ((co_await reader.line()).error(), errc::device_or_resource_busy);
      co_await or_return(a.send("more "));
      if (i == 1) co_await yield();  // with the bytes in its buffer, or on their way
    }
    co_await or_return(a.send("\n"));
    const auto line = co_await or_return(reader.line());
    co_return std::string(line.value_or("nothing"));
  };
  EXPECT_EQ(value_of(run(story(ends.first, any_stream(std::move(ends.second))))), "half more more more ");
}

TEST_P(BufferedReader, AllocatesNothingOnceItIsUnderWay) {
  if (!allocations_are_counted()) GTEST_SKIP() << "a sanitizer counts its own way";
  auto ends = value_of(unix_stream::pair());
  const auto story = [](unix_stream& a, unix_stream& b) -> task<result<std::size_t>> {
    buffered_reader reader(b);
    std::size_t before = 0;
    for (int i = 0; i < 200; ++i) {
      if (i == 100) before = allocations_here();
      co_await or_return(a.send("one line\r\nand another\n"));
      co_await or_return(send_frame(a, "and a frame"));
      (void)co_await or_return(reader.line());
      (void)co_await or_return(reader.line());
      (void)co_await or_return(reader.frame(100));
    }
    co_return allocations_here() - before;
  };
  EXPECT_EQ(value_of(run(story(ends.first, ends.second))), 0U);
}

}  // namespace
}  // namespace fairlead::testing
