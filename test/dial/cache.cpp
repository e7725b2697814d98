// SPDX-License-Identifier: MIT
// The cache, on a clock of its own.
#include "dial/cache.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "dial/resolving.hpp"

namespace fairlead::testing {
namespace {

using lookup::answer_cache;
using lookup::record_type;
using lookup::reply;
using lookup::verdict;

const time_point start = time_point(1000h);

reply good_for(duration ttl, verdict what = verdict::records) {
  reply r;
  r.what = what;
  r.ttl = ttl;
  r.records = std::make_shared<const lookup::record_set>();
  return r;
}

TEST(AnswerCache, GivesAnAnswerUntilItsTimeHasPassedAndNoLonger) {
  answer_cache c(10, 24h, 1h);
  c.keep("a.test", record_type::a, good_for(60s), start);
  EXPECT_EQ(c.find("a.test", record_type::a, start)->ttl, 60s);
  EXPECT_EQ(c.find("a.test", record_type::a, start + 59s)->ttl, 1s);
  EXPECT_TRUE(c.find("a.test", record_type::a, start + 59s)->cached);
  EXPECT_FALSE(c.find("a.test", record_type::a, start + 60s));
  EXPECT_EQ(c.size(), 0U);
}

TEST(AnswerCache, TellsTypesAndNamesApart) {
  answer_cache c(10, 24h, 1h);
  c.keep("a.test", record_type::a, good_for(60s), start);
  EXPECT_FALSE(c.find("a.test", record_type::aaaa, start));
  EXPECT_FALSE(c.find("b.test", record_type::a, start));
}

TEST(AnswerCache, KeepsNothingThatIsGoodForNoTime) {
  answer_cache c(10, 24h, 1h);
  c.keep("a.test", record_type::a, good_for(0s), start);
  EXPECT_EQ(c.size(), 0U);
}

TEST(AnswerCache, KeepsNothingLongerThanItsBounds) {
  answer_cache c(10, 2h, 10min);
  c.keep("a.test", record_type::a, good_for(1000h), start);
  c.keep("b.test", record_type::a, good_for(1000h, verdict::no_such_name), start);
  EXPECT_EQ(c.find("a.test", record_type::a, start)->ttl, 2h);
  EXPECT_EQ(c.find("b.test", record_type::a, start)->ttl, 10min);
}

TEST(AnswerCache, ReplacesAnOlderAnswer) {
  answer_cache c(10, 24h, 1h);
  c.keep("a.test", record_type::a, good_for(1s), start);
  c.keep("a.test", record_type::a, good_for(60s, verdict::no_records), start);
  EXPECT_EQ(c.size(), 1U);
  EXPECT_EQ(c.find("a.test", record_type::a, start + 30s)->what, verdict::no_records);
}

TEST(AnswerCache, LosesTheLeastRecentlyUsedOneWhenItIsFull) {
  answer_cache c(2, 24h, 1h);
  c.keep("a", record_type::a, good_for(60s), start);
  c.keep("b", record_type::a, good_for(60s), start);
  EXPECT_TRUE(c.find("a", record_type::a, start));
  c.keep("c", record_type::a, good_for(60s), start);
  EXPECT_TRUE(c.find("a", record_type::a, start));
  EXPECT_FALSE(c.find("b", record_type::a, start));
  EXPECT_TRUE(c.find("c", record_type::a, start));
  EXPECT_EQ(c.size(), 2U);
}

TEST(AnswerCache, OfNoEntriesKeepsNothing) {
  answer_cache c(0, 24h, 1h);
  c.keep("a", record_type::a, good_for(60s), start);
  EXPECT_FALSE(c.find("a", record_type::a, start));
}

TEST(AnswerCache, IsSharedBetweenThreads) {
  answer_cache c(50, 24h, 1h);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&c, t] {
      for (int i = 0; i < 1000; ++i) {
        const std::string name = std::to_string((i * 7 + t) % 100);
        c.keep(name, record_type::a, good_for(60s), start);
        (void)c.find(name, record_type::a, start + 1s);
        if (i % 100 == 0) c.clear();
      }
    });
  }
  threads.clear();
  EXPECT_LE(c.size(), 50U);
}

}  // namespace
}  // namespace fairlead::testing
