// SPDX-License-Identifier: MIT
// What can be written after --fault, and the sentences for what cannot.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "fault/plan.hpp"

namespace {

using namespace tool::faults;
using namespace std::chrono_literals;

plan planned(const std::vector<std::string>& values) {
  const auto p = parse(values);
  EXPECT_TRUE(p) << (p ? std::string() : p.error());
  return p.value_or(plan());
}
std::string refused(const std::string& value) {
  const auto p = parse(std::vector<std::string>{value});
  return p ? "it was accepted" : p.error();
}

TEST(FaultPlan, UnderstandsEverythingAtOnce) {
  const plan p =
      planned({"latency=50ms±10ms,drop=1%,reorder=2%,duplicate=1%,corrupt=0.1%,rate=1Mbit,reset-after=10s,"
               "half-open-after=5s,seed=42"});
  treatment t;
  t.latency = 50ms;
  t.jitter = 10ms;
  t.drop = certain / 100;
  t.reorder = certain / 50;
  t.duplicate = certain / 100;
  t.corrupt = certain / 1000;
  t.rate = 1'000'000;
  t.half_open_after = 5s;
  EXPECT_EQ(p.there, t);
  EXPECT_EQ(p.back, t);
  EXPECT_EQ(p.reset_after, fairlead::duration(10s));
  EXPECT_EQ(p.seed, 42U);
}

TEST(FaultPlan, TreatsOneDirectionWhereThatIsAsked) {
  const plan p = planned({"seed=1", "there:drop=5%", "back:latency=1s,drop=6%"});
  EXPECT_EQ(p.there.drop, certain / 20);
  EXPECT_EQ(p.there.latency, 0s);
  EXPECT_EQ(p.back.drop, certain / 100 * 6);
  EXPECT_EQ(p.back.latency, 1s);
  EXPECT_EQ(p.seed, 1U);
}

TEST(FaultPlan, TakesSensibleSpellings) {
  for (const std::string text : {"latency=2s±1.5ms", "latency=2s+-1.5ms", "latency=2s+/-1.5ms",
                                 " latency = 2s±1.5ms ", "latency=2000ms±1500us"}) {
    const plan p = planned({text});
    EXPECT_EQ(p.there.latency, 2s) << text;
    EXPECT_EQ(p.there.jitter, 1500us) << text;
  }
  for (const std::string text :
       {"rate=8Mbit", "rate=8mbit", "rate=8Mbit/s", "rate=8000kbit", "rate=8000000bit", "rate=0.008Gbit"}) {
    EXPECT_EQ(planned({text}).there.rate, 8'000'000U) << text;
  }
  EXPECT_EQ(planned({"rate=1KiB"}).there.rate, 8192U);
  EXPECT_EQ(planned({"rate=1.5MiB/s"}).there.rate, 12'582'912U);
  EXPECT_EQ(planned({"drop=100%"}).there.drop, certain);
  EXPECT_EQ(planned({"drop=0.0000001%"}).there.drop, 1U);
  EXPECT_EQ(planned({"drop=1.50%"}).there.drop, 15'000'000U);
  EXPECT_EQ(planned({"seed=0xffffffffffffffff"}).seed, UINT64_MAX);
  EXPECT_TRUE(planned({"seed=7"}).empty());
  EXPECT_FALSE(planned({"back:half-open-after=0"}).empty());
}

TEST(FaultPlan, KnowsWhetherItDependsOnItsSeed) {
  for (const std::string text :
       {"latency=1s±1ns", "drop=99%", "back:reorder=1%", "duplicate=1%", "corrupt=100%"})
    EXPECT_TRUE(planned({text}).uses_chance()) << text;
  EXPECT_FALSE(planned({"latency=1s,drop=100%,rate=1Mbit,reset-after=1s,half-open-after=1s"}).uses_chance());
}

TEST(FaultPlan, NamesThePlaceAndTheRemedy) {
  EXPECT_EQ(refused("drop=101%"), "drop=101%: must be 0% to 100%");
  EXPECT_EQ(refused("latency=5ms,drop=0.1"), "drop=0.1: the unit is missing; write 0.1% for percent");
  EXPECT_EQ(refused("drop=-1%"), "drop=-1%: must be a percentage, as in 1% or 0.1%");
  EXPECT_EQ(refused("drop=1.%"), "drop=1.%: must be a percentage, as in 1% or 0.1%");
  EXPECT_EQ(refused("corrupt=0.00000001%"), "corrupt=0.00000001%: cannot be finer than 0.0000001%");
  EXPECT_EQ(refused("drop=99999999999999999999%"),
            "drop=99999999999999999999%: must be a percentage, as in 1% or 0.1%");
  EXPECT_EQ(refused("latency=50"),
            "latency=50: the unit is missing after '50'; write 50s for seconds or 50ms for milliseconds");
  EXPECT_EQ(refused("latency=5ms±6ms"),
            "latency=5ms±6ms: what is added and taken away cannot be more than the latency itself");
  EXPECT_EQ(refused("latency=2h"), "latency=2h: must be at most an hour");
  EXPECT_EQ(refused("rate=1"), "rate=1: the unit is missing; write 1bit for bits a second");
  EXPECT_EQ(
      refused("rate=1Mbps"),
      "rate=1Mbps: 'Mbps' is not a unit of rate; there are bit, kbit, Mbit and Gbit, powers of 1000, and "
      "KiB, MiB and GiB");
  EXPECT_EQ(refused("rate=0kbit"), "rate=0kbit: must be more than nothing; drop=100% lets nothing through");
  EXPECT_EQ(refused("rate=7bit"), "rate=7bit: must be at least 8bit, a byte a second");
  EXPECT_EQ(refused("seed=-1"), "seed=-1: must be a number from 0 to 18446744073709551615");
  EXPECT_EQ(refused("seed=0x"), "seed=0x: must be a number from 0 to 18446744073709551615");
  EXPECT_EQ(refused("drop"), "drop: needs a value, as in drop=1%");
  EXPECT_EQ(refused("drop="), "drop=: needs a value, as in drop=1%");
  EXPECT_EQ(refused("drop=1%,drop=2%"), "drop=2%: given twice");
  EXPECT_EQ(refused("seed=1,seed=2"), "seed=2: given twice");
  EXPECT_EQ(refused("drop=1%,,seed=2"), "a fault is missing, as in drop=1%");
  EXPECT_EQ(refused(""), "a fault is missing, as in drop=1%");
  EXPECT_EQ(refused("their:drop=1%"), "their: no such direction; there are there: and back:");
  EXPECT_EQ(refused("back:reset-after=1s"),
            "reset-after=1s: cuts both directions; write it without there: or back:");
}

TEST(FaultPlan, RefusesInOneDirectionWhatWasGivenForBoth) {
  const std::vector<std::string> values = {"drop=1%", "there:drop=2%"};
  EXPECT_EQ(parse(values).error(), "drop=2%: given twice");
}

TEST(FaultPlan, SuggestsTheNearestFaultAndKnowsTheWordsOfOthers) {
  EXPECT_EQ(refused("latncy=5ms"), "latncy: no such fault; did you mean latency=50ms?");
  EXPECT_EQ(refused("dup=1%"), "dup: no such fault; did you mean duplicate=1%?");
  EXPECT_EQ(refused("loss=1%"), "loss: no such fault; did you mean drop=1%?");
  EXPECT_EQ(refused("delay=1ms"), "delay: no such fault; did you mean latency=50ms?");
  EXPECT_EQ(refused("bandwidth=1"), "bandwidth: no such fault; did you mean rate=1Mbit?");
  EXPECT_EQ(refused("jitter=1ms"), "jitter: no such fault; did you mean latency=50ms±10ms?");
  EXPECT_EQ(
      refused("gremlins=1"),
      "gremlins: no such fault; there are latency, drop, reorder, duplicate, corrupt, rate, reset-after, "
      "half-open-after and seed");
}

TEST(FaultPlan, IsWrittenAsItCanBeRead) {
  for (const std::vector<std::string>& values : std::vector<std::vector<std::string>>{
           {"latency=50ms±10ms,drop=1%,corrupt=0.25%,rate=1500kbit,half-open-after=5s,reset-after=10s,seed="
            "42"},
           {"reset-after=1ms,seed=3", "there:drop=100%", "back:latency=1us,rate=1Gbit"},
           {"back:duplicate=0.0000001%"},
           {}}) {
    const plan p = planned(values);
    EXPECT_EQ(to_text(p), values);
    EXPECT_EQ(planned(to_text(p)), p);
  }
}

}  // namespace
