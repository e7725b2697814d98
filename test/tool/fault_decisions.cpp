// SPDX-License-Identifier: MIT
// What becomes of messages and of streams, with a clock that only the test moves.
#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "fault/decisions.hpp"

namespace {

using namespace tool::faults;
using fairlead::duration;
using fairlead::time_point;
using tool::arrival;
using tool::direction;
using namespace std::chrono_literals;

constexpr time_point start = time_point(1000h);
constexpr chance percent = certain / 100;

struct seen {
  time_point at;
  std::string content;
  bool end = false;
};

// A machine, and a clock that jumps to whatever is due.
class rig {
 public:
  rig(const treatment& t, carriage how, std::uint64_t seed = 1, std::uint64_t conversation = 0)
      : machine(t, dice(seed, conversation, direction::there), how, start) {}

  void take(const std::string& content) { machine.take(content, now); }
  /// Everything that is due until then, each at its time.
  void run_until(time_point t) {
    while (machine.due() <= t) {
      now = std::max(now, machine.due());
      const auto a = machine.give(buffer_, now);
      ASSERT_TRUE(a);
      out.push_back({now, buffer_.substr(0, a->size), a->end});
    }
    now = std::max(now, t);
  }
  void run() { run_until(now + 10h); }
  [[nodiscard]] std::string all() const {
    std::string joined;
    for (const seen& s : out) joined += s.content;
    return joined;
  }
  [[nodiscard]] std::vector<std::string> contents() const {
    std::vector<std::string> list;
    for (const seen& s : out) list.push_back(s.content);
    return list;
  }

  decisions machine;
  time_point now = start;
  std::vector<seen> out;

 private:
  std::string buffer_ = std::string(1U << 17U, '\0');
};

std::string numbered(int n) { return "message " + std::to_string(n); }
rig with_messages(const treatment& t, int count, std::uint64_t seed = 1, std::uint64_t conversation = 0) {
  rig r(t, carriage::messages, seed, conversation);
  for (int i = 0; i < count; ++i) r.take(numbered(i));
  r.machine.end(r.now);
  r.run();
  return r;
}

std::string some_bytes(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(dice::nth(5, i));
  return text;
}
// In pieces of at most `most` bytes, all of them different; delivered at once.
rig with_stream(const treatment& t, const std::string& content, std::size_t most, std::uint64_t seed = 1) {
  rig r(t, carriage::bytes, seed);
  for (std::size_t at = 0, n = 0; at < content.size(); ++n) {
    const std::size_t size = std::min<std::size_t>(1 + dice::nth(most, n) % most, content.size() - at);
    r.take(content.substr(at, size));
    at += size;
    r.run_until(r.now);
  }
  r.machine.end(r.now);
  r.run();
  return r;
}

// ── Chance ──

TEST(FaultDice, AreThoseOfSplitMix64) {
  // The first outputs for the seed 1234567, as published with the algorithm.
  const std::uint64_t known[] = {6457827717110365317U, 3203168211198807973U, 9817491932198370423U,
                                 4593380528125082431U, 16408922859458223821U};
  for (std::uint64_t n = 0; n < 5; ++n) EXPECT_EQ(dice::nth(1234567, n), known[n]);
}

TEST(FaultDice, FallAsOftenAsTheyShould) {
  const dice d(42, 0, direction::there);
  for (const chance c : {percent, 10 * percent, 50 * percent}) {
    int hits = 0;
    for (std::uint64_t n = 0; n < 100'000; ++n) hits += d.happens(c, use::drop, n) ? 1 : 0;
    const double expected = 1e5 * c / certain;
    EXPECT_NEAR(hits, expected, 5 * std::sqrt(expected));
  }
  EXPECT_TRUE(d.happens(certain, use::drop, 7));
  EXPECT_FALSE(d.happens(0, use::drop, 7));
}

TEST(FaultDice, DifferBySeedConversationDirectionAndUse) {
  std::map<std::uint64_t, int> seen_before;
  for (const std::uint64_t seed : {0U, 1U})
    for (const std::uint64_t conversation : {0U, 1U})
      for (const direction way : {direction::there, direction::back})
        for (const use u : {use::jitter, use::drop, use::bit})
          for (const std::uint64_t n : {0U, 1U}) ++seen_before[dice(seed, conversation, way).number(u, n)];
  EXPECT_EQ(seen_before.size(), 2U * 2 * 2 * 3 * 2);
}

// ── Messages ──

TEST(FaultDecisions, PassEverythingAsItIsWithoutFaults) {
  const rig r = with_messages({}, 3);
  ASSERT_EQ(r.out.size(), 4U);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(r.out[static_cast<std::size_t>(i)].content, numbered(i));
  EXPECT_TRUE(r.out.back().end);
  EXPECT_EQ(r.out.back().at, start);
  EXPECT_EQ(r.machine.waiting(), 0U);
}

TEST(FaultDecisions, AreTheSameForTheSameSeedAndOthersForAnother) {
  treatment t;
  t.drop = t.duplicate = t.reorder = t.corrupt = 10 * percent;
  const rig a = with_messages(t, 1000, 42);
  EXPECT_EQ(with_messages(t, 1000, 42).contents(), a.contents());
  EXPECT_EQ(with_messages(t, 1000, 42).machine.done(), a.machine.done());
  EXPECT_NE(with_messages(t, 1000, 43).contents(), a.contents());
  EXPECT_NE(with_messages(t, 1000, 42, 1).contents(), a.contents());
  // Nobody may find other faults behind his seed when the version changes.
  EXPECT_EQ(
      to_sentence(a.machine.done(), carriage::messages),
      "1000 messages, 92 dropped, 110 duplicated, 84 reordered, 80 bytes corrupted, 1018 with 11084 bytes "
      "passed");
}

TEST(FaultDecisions, DoNotDependOnWhenTheMessagesCome) {
  treatment t;
  t.drop = t.duplicate = t.reorder = t.corrupt = 10 * percent;
  t.latency = 50ms;
  t.jitter = 50ms;
  t.rate = 1'000'000;
  rig slow(t, carriage::messages, 42);
  for (int i = 0; i < 300; ++i) {
    slow.take(numbered(i));
    slow.run_until(slow.now + duration(dice::nth(9, static_cast<std::uint64_t>(i)) % 400'000'000));
  }
  slow.machine.end(slow.now);
  slow.run();
  EXPECT_EQ(slow.contents(), with_messages(t, 300, 42).contents());
}

TEST(FaultDecisions, OnOneFaultAreNotMovedByAnother) {
  treatment only;
  only.drop = 10 * percent;
  treatment more = only;
  more.duplicate = more.reorder = 20 * percent;
  more.latency = 10ms;
  more.jitter = 5ms;
  const auto survivors = [](const treatment& t) {
    auto list = with_messages(t, 500).contents();
    std::ranges::sort(list);
    const auto [first, last] = std::ranges::unique(list);
    list.erase(first, last);
    return list;
  };
  EXPECT_EQ(survivors(only), survivors(more));
}

TEST(FaultDecisions, AccountForEveryMessage) {
  treatment t;
  t.drop = t.duplicate = t.reorder = t.corrupt = 25 * percent;
  const rig r = with_messages(t, 2000);
  const counts& c = r.machine.done();
  EXPECT_EQ(c.units, 2000U);
  EXPECT_EQ(c.messages_passed, c.units - c.dropped + c.duplicated);
  EXPECT_EQ(c.messages_passed + 1, r.out.size());
  EXPECT_EQ(c.bytes_passed, r.all().size());
  EXPECT_NEAR(static_cast<double>(c.dropped), 500, 100);
  EXPECT_NEAR(static_cast<double>(c.duplicated), 375, 100);
}

TEST(FaultDecisions, LetNothingThroughAtAHundredPercent) {
  treatment t;
  t.drop = certain;
  const rig r = with_messages(t, 100);
  ASSERT_EQ(r.out.size(), 1U);
  EXPECT_TRUE(r.out.front().end);
  EXPECT_EQ(r.machine.done().dropped, 100U);
}

TEST(FaultDecisions, TurnOneBitOfAMessage) {
  treatment t;
  t.corrupt = certain;
  rig r(t, carriage::messages);
  const std::string content = some_bytes(300);
  for (int i = 0; i < 100; ++i) r.take(content);
  r.take("");
  r.run();
  ASSERT_EQ(r.out.size(), 101U);
  for (std::size_t i = 0; i < 100; ++i) {
    int bits = 0;
    for (std::size_t k = 0; k < content.size(); ++k)
      bits += std::popcount(static_cast<unsigned char>(r.out[i].content[k] ^ content[k]));
    EXPECT_EQ(bits, 1);
  }
  EXPECT_EQ(r.machine.done().corrupted, 100U);  // an empty one has nothing to corrupt
}

TEST(FaultDecisions, SendADuplicateRightAfter) {
  treatment t;
  t.duplicate = certain;
  rig r(t, carriage::messages);
  r.take("a"), r.take("b");
  r.run();
  EXPECT_EQ(r.contents(), (std::vector<std::string>{"a", "a", "b", "b"}));
}

TEST(FaultDecisions, LetTheNextMessageOvertake) {
  treatment t;
  t.reorder = certain;
  rig r(t, carriage::messages);
  for (const char* const m : {"1", "2", "3", "4", "5"}) r.take(m);
  r.run_until(r.now);
  EXPECT_EQ(r.contents(), (std::vector<std::string>{"2", "1", "4", "3"}));
  EXPECT_EQ(r.machine.done().reordered, 2U);
  r.run();  // nobody overtakes the last one
  ASSERT_EQ(r.out.size(), 5U);
  EXPECT_EQ(r.out.back().content, "5");
  EXPECT_EQ(r.out.back().at, start + longest_hold);
  EXPECT_EQ(r.machine.done().reordered, 2U);
}

TEST(FaultDecisions, EndOnlyAfterTheMessageThatWaitsToBeOvertaken) {
  treatment t;
  t.reorder = certain;
  rig r(t, carriage::messages);
  r.take("1");
  r.machine.end(r.now);
  r.run_until(r.now);
  ASSERT_EQ(r.out.size(), 2U);
  EXPECT_EQ(r.out[0].content, "1");
  EXPECT_TRUE(r.out[1].end);
}

// ── Time ──

TEST(FaultDecisions, DelayEverythingAndKeepTheOrder) {
  treatment t;
  t.latency = 50ms;
  t.jitter = 10ms;
  rig r(t, carriage::messages);
  for (int i = 0; i < 200; ++i) r.take(numbered(i)), r.now += 15ms;
  const time_point end = r.now;
  r.machine.end(r.now);
  rig same(t, carriage::messages);
  EXPECT_FALSE(same.machine.give(std::span<std::byte>(), start));
  r.now = start;
  r.run();
  ASSERT_EQ(r.out.size(), 201U);
  duration least = 1h;
  duration most = 0s;
  for (int i = 0; i < 200; ++i) {
    const seen& s = r.out[static_cast<std::size_t>(i)];
    EXPECT_EQ(s.content, numbered(i));
    const duration took = s.at - (start + i * 15ms);
    least = std::min(least, took), most = std::max(most, took);
  }
  EXPECT_GE(least, 40ms);
  EXPECT_LT(least, 42ms);
  EXPECT_LE(most, 60ms);
  EXPECT_GT(most, 58ms);
  EXPECT_GE(r.out.back().at, end + 50ms);
}

TEST(FaultDecisions, KeepToTheRateExactly) {
  treatment t;
  t.rate = 1'000'000;  // 125 bytes a millisecond
  rig r(t, carriage::bytes);
  const std::string content = some_bytes(100'000);
  std::size_t fed = 0;
  for (time_point at = start; at <= start + 900ms; at += 1ms) {
    const std::size_t n = std::min(content.size() - fed, r.machine.room());
    if (n != 0) r.take(content.substr(fed, n)), fed += n;
    r.run_until(at);
    const auto ms = static_cast<std::size_t>((at - start) / 1ms);
    const std::size_t allowed = std::min(content.size(), ms * 125);
    EXPECT_LE(r.machine.done().bytes_passed, allowed);
    EXPECT_GE(r.machine.done().bytes_passed + block, allowed);
    EXPECT_LE(r.machine.waiting(), least_waiting + block);
  }
  EXPECT_EQ(r.all(), content);
  EXPECT_EQ(r.out.back().at, start + 800ms);
}

TEST(FaultDecisions, CountADuplicateAgainstTheRate) {
  treatment t;
  t.rate = 8'000;
  t.duplicate = certain;
  EXPECT_EQ(with_stream(t, some_bytes(1000), 1000).out.back().at, start + 2s);
  rig r(t, carriage::messages);
  r.take(some_bytes(1000));
  r.run();
  EXPECT_EQ(r.out.back().at, start + 2s);
}

TEST(FaultDecisions, AskForNoMoreThanTheirBound) {
  treatment t;
  t.latency = 1h;
  rig stream(t, carriage::bytes);
  while (stream.machine.room() != 0)
    stream.take(some_bytes(std::min<std::size_t>(65536, stream.machine.room())));
  EXPECT_LE(stream.machine.waiting(), most_waiting + 65536);
  EXPECT_GT(stream.machine.done().bytes_received, most_waiting / 2);
  rig empty(t, carriage::messages);  // what is small costs too
  std::size_t n = 0;
  for (; empty.machine.room() != 0; ++n) empty.take("");
  EXPECT_LE(n, 100'000U);
  EXPECT_GE(n, 10'000U);
  stream.run(), empty.run();
  EXPECT_EQ(stream.machine.waiting(), 0U);
  EXPECT_EQ(empty.machine.waiting(), 0U);
  EXPECT_EQ(empty.out.size(), n);
}

// ── Streams ──

TEST(FaultDecisions, OnAStreamDoNotDependOnItsSegments) {
  treatment t;
  t.corrupt = 30 * percent;
  t.drop = t.reorder = t.duplicate = 5 * percent;
  t.latency = 10ms;
  t.jitter = 10ms;
  const std::string content = some_bytes(300'000);
  const rig whole = with_stream(t, content, content.size(), 42);
  for (const std::size_t most : {1U, 7U, 1024U, 1025U, 70'000U}) {
    const rig cut = with_stream(t, content, most, 42);
    EXPECT_TRUE(cut.all() == whole.all()) << most;
    EXPECT_EQ(cut.machine.done(), whole.machine.done()) << most;
  }
  EXPECT_FALSE(with_stream(t, content, 1024, 43).all() == whole.all());
}

TEST(FaultDecisions, CorruptAsManyBytesOfAStreamAsTheySay) {
  treatment t;
  t.corrupt = 50 * percent;
  const std::string content = some_bytes(100 * block + 17);
  const rig r = with_stream(t, content, 5000);
  const std::string got = r.all();
  ASSERT_EQ(got.size(), content.size());
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < got.size(); ++i) bytes += got[i] != content[i] ? 1 : 0;
  EXPECT_EQ(bytes, r.machine.done().corrupted);
  EXPECT_NEAR(static_cast<double>(bytes), 50, 25);
}

TEST(FaultDecisions, RepairWhatAStreamLosesAndThatTakesTime) {
  treatment t;
  t.drop = 20 * percent;
  t.reorder = t.duplicate = certain;
  t.latency = 10ms;
  const std::string content = some_bytes(50 * block);
  rig r(t, carriage::bytes);
  for (std::size_t at = 0; at < content.size(); at += 512)
    r.take(content.substr(at, 512)), r.run_until(r.now + 1ms);
  r.machine.end(r.now);
  r.run();
  EXPECT_EQ(r.all(), content);
  EXPECT_TRUE(r.out.back().end);
  const counts& c = r.machine.done();
  EXPECT_GT(c.dropped, 0U);
  // The first repeat comes 220 ms after the block was sent, and what follows waits for it.
  std::size_t pauses = 0;
  for (std::size_t i = 1; i < r.out.size(); ++i) pauses += r.out[i].at - r.out[i - 1].at > 100ms ? 1 : 0;
  EXPECT_GE(pauses, 1U);
  EXPECT_LE(pauses, c.dropped);
}

TEST(FaultDecisions, SwallowAStreamThatNoRepeatCanSave) {
  treatment t;
  t.drop = certain;
  rig r(t, carriage::bytes);
  r.take(some_bytes(5000));
  r.machine.end(r.now);
  r.run();
  EXPECT_TRUE(r.out.empty());
  EXPECT_TRUE(r.machine.lost_the_end());
  EXPECT_EQ(r.machine.done().bytes_swallowed, 5000U);
}

TEST(FaultDecisions, FallSilentWhenTheConversationIsToBeHalfOpen) {
  for (const carriage how : {carriage::bytes, carriage::messages}) {
    treatment t;
    t.latency = 100ms;
    t.half_open_after = 5s;
    rig r(t, how);
    r.now = start + 5s - 1ns;
    r.take("in time");
    r.now = start + 5s;
    r.take("too late");
    r.machine.end(r.now);
    r.run();
    EXPECT_EQ(r.contents(), std::vector<std::string>{"in time"});  // what was on the way arrives
    EXPECT_TRUE(r.machine.lost_the_end());
    EXPECT_EQ(r.machine.done().bytes_swallowed, 8U);
    EXPECT_EQ(r.machine.done().bytes_received, 15U);
  }
}

}  // namespace
