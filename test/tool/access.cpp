// SPDX-License-Identifier: MIT
// Who may come in and how fast: the machines, without sockets.
#include <gtest/gtest.h>

#include <unistd.h>

#include <random>

#include "access/access_list.hpp"
#include "access/origins.hpp"
#include "access/paced_link.hpp"
#include "access/refusals.hpp"
#include "access/terms.hpp"
#include "access/token_bucket.hpp"

namespace {

using namespace fairlead;
using namespace std::chrono_literals;
using namespace tool;

access_rule rule(const char* text) {
  auto made = parse_rule(text);
  if (!made) throw std::runtime_error(made.error());
  return std::move(*made);
}

visitor from_ip(const char* text) {
  visitor v;
  v.where = endpoint(ip_address::parse(text).value(), port(40000));
  return v;
}

visitor from_user(std::uint32_t user, std::uint32_t group, std::optional<std::vector<std::uint32_t>> groups) {
  visitor v;
  v.where = endpoint(unix_address());
  v.credentials = peer_credentials{1, user, group};
  v.groups = std::move(groups);
  return v;
}

// ── Rules ────────────────────────────────────────────────────────────────────────────────────────────────

TEST(AccessRule, IsANetworkAUserOrAGroup) {
  EXPECT_EQ(std::get<ip_network>(rule("10.0.0.0/8").whom).to_string(), "10.0.0.0/8");
  EXPECT_EQ(std::get<ip_network>(rule("2001:db8::").whom).to_string(), "2001:db8::");
  EXPECT_EQ(std::get<user_number>(rule("user:root").whom).id, 0U);
  EXPECT_EQ(std::get<group_number>(rule("group:root").whom).id, 0U);
  EXPECT_EQ(std::get<user_number>(rule("uid:1000").whom).id, 1000U);
  EXPECT_EQ(std::get<group_number>(rule("gid:4294967294").whom).id, 4294967294U);
}

struct bad_rule {
  const char* text;
  const char* sentence;  // its beginning
  friend std::ostream& operator<<(std::ostream& out, const bad_rule& row) { return out << row.text; }
};

class BadRule : public testing::TestWithParam<bad_rule> {};

TEST_P(BadRule, IsRefusedWithARemedy) {
  const auto made = parse_rule(GetParam().text);
  ASSERT_FALSE(made);
  EXPECT_TRUE(made.error().starts_with(GetParam().sentence)) << made.error();
}

INSTANTIATE_TEST_SUITE_P(
    Access, BadRule,
    testing::Values(bad_rule{"10.0.0.0/33", "10.0.0.0/33: the prefix length must be 0 to 32"},
                    bad_rule{"10.0.0.1/8",
                             "10.0.0.1/8: the address has bits beyond the prefix; write 10.0.0.0/8"},
                    bad_rule{"localhost", "localhost: is neither an address nor a network"},
                    bad_rule{"example.com/24", "example.com/24: is neither an address nor"},
                    bad_rule{"usr:root", "usr:root: is neither an address nor"},
                    bad_rule{"User:root", "User:root: is neither an address nor"},
                    bad_rule{"user:", "user:: the name of the user is missing"},
                    bad_rule{"group:", "group:: the name of the group is missing"},
                    bad_rule{"user:no-such-user", "user:no-such-user: this machine knows no such user"},
                    bad_rule{"user:4242424",
                             "user:4242424: this machine knows no such user; for a number write "
                             "uid:4242424"},
                    bad_rule{"group:4242424",
                             "group:4242424: this machine knows no such group; for a number "
                             "write gid:4242424"},
                    bad_rule{"uid:root", "uid:root: the id must be a number from 0 to 4294967294"},
                    bad_rule{"uid:", "uid:: the id must be a number"},
                    bad_rule{"uid:-1", "uid:-1: the id must be a number"},
                    bad_rule{"uid:4294967295", "uid:4294967295: the id must be a number"},
                    bad_rule{"gid:4294967296", "gid:4294967296: the id must be a number"},
                    bad_rule{"user:a\x1b[2J", "user:a\\x1b[2J: this machine knows no such user"},
                    bad_rule{"", "the network is empty"}));

TEST(AccessRule, MatchesTheUserAndEveryGroupOfAPeer) {
  const visitor v = from_user(1000, 100, std::vector<std::uint32_t>{4, 27});
  EXPECT_EQ(rule("uid:1000").matches(v), match::yes);
  EXPECT_EQ(rule("uid:0").matches(v), match::no);
  EXPECT_EQ(rule("gid:100").matches(v), match::yes) << "its own group";
  EXPECT_EQ(rule("gid:27").matches(v), match::yes) << "a supplementary one";
  EXPECT_EQ(rule("gid:5").matches(v), match::no);
  EXPECT_EQ(rule("10.0.0.0/8").matches(v), match::no);
}

TEST(AccessRule, SaysThatItCannotTell) {
  EXPECT_EQ(rule("gid:27").matches(from_user(1000, 100, std::nullopt)), match::unknown);
  EXPECT_EQ(rule("gid:100").matches(from_user(1000, 100, std::nullopt)), match::yes);
  visitor dark;
  EXPECT_EQ(rule("0.0.0.0/0").matches(dark), match::unknown);
  EXPECT_EQ(rule("uid:0").matches(dark), match::unknown);
  dark.where = endpoint();
  EXPECT_EQ(rule("0.0.0.0/0").matches(dark), match::unknown);
  dark.where = endpoint(unix_address());
  EXPECT_EQ(rule("uid:0").matches(dark), match::unknown);
  EXPECT_EQ(rule("uid:0").matches(from_ip("127.0.0.1")), match::no) << "whoever comes by IP has no user here";
}

// ── The list ─────────────────────────────────────────────────────────────────────────────────────────────

refusal verdict(std::vector<const char*> allow, std::vector<const char*> deny, const visitor& v) {
  access_list list;
  for (const char* const text : allow) list.allow.push_back(rule(text));
  for (const char* const text : deny) list.deny.push_back(rule(text));
  return list.check(v).why;
}

TEST(AccessList, LetsEverybodyInWithoutRules) {
  EXPECT_EQ(verdict({}, {}, from_ip("192.0.2.1")), refusal::none);
  EXPECT_EQ(verdict({}, {}, visitor()), refusal::none);
}

TEST(AccessList, WithAnyAllowRefusesEverybodyElse) {
  EXPECT_EQ(verdict({"10.0.0.0/8", "192.0.2.1"}, {}, from_ip("10.9.9.9")), refusal::none);
  EXPECT_EQ(verdict({"10.0.0.0/8", "192.0.2.1"}, {}, from_ip("::ffff:192.0.2.1")), refusal::none);
  EXPECT_EQ(verdict({"10.0.0.0/8", "192.0.2.1"}, {}, from_ip("192.0.2.2")), refusal::not_allowed);
  EXPECT_EQ(verdict({"10.0.0.0/8"}, {}, from_user(0, 0, {{}})), refusal::not_allowed);
  EXPECT_EQ(verdict({"0.0.0.0/0", "::/0"}, {}, visitor()), refusal::not_allowed) << "nobody knows who it is";
}

TEST(AccessList, LetsDenyWinHoweverNarrowTheAllowIs) {
  EXPECT_EQ(verdict({"10.1.2.3"}, {"10.0.0.0/8"}, from_ip("10.1.2.3")), refusal::denied);
  EXPECT_EQ(verdict({"10.0.0.0/8"}, {"10.1.2.3"}, from_ip("10.1.2.3")), refusal::denied);
  EXPECT_EQ(verdict({"10.0.0.0/8"}, {"10.1.2.3"}, from_ip("10.1.2.4")), refusal::none);
  EXPECT_EQ(verdict({"uid:1000"}, {"gid:27"}, from_user(1000, 100, {{27}})), refusal::denied);
}

TEST(AccessList, RefusesWhomItCannotTellFromTheDenied) {
  EXPECT_EQ(verdict({}, {"10.1.2.3"}, visitor()), refusal::denied);
  EXPECT_EQ(verdict({}, {"gid:27"}, from_user(1000, 100, std::nullopt)), refusal::denied);
  EXPECT_EQ(verdict({}, {"gid:27"}, from_user(1000, 100, {{}})), refusal::none);
}

TEST(AccessList, NamesTheRuleThatDenied) {
  access_list list;
  list.deny = {rule("10.0.0.0/8"), rule("192.0.2.0/24")};
  const decision d = list.check(from_ip("192.0.2.7"));
  ASSERT_NE(d.rule, nullptr);
  EXPECT_EQ(d.rule->text, "192.0.2.0/24");
}

// ── Flags ────────────────────────────────────────────────────────────────────────────────────────────────

std::string complaint(const settings& asked, std::vector<const char*> at) {
  std::vector<url> places;
  for (const char* const text : at) places.push_back(url::parse(text).value());
  const auto made = access_terms_of(asked, places);
  return made ? std::string() : made.error();
}

settings allowing(const char* text) {
  settings asked;
  asked.allow = {text};
  return asked;
}

TEST(AccessTerms, RefuseRulesThatCouldNeverMatch) {
  EXPECT_EQ(complaint(allowing("10.0.0.0/8"), {"tcp://:7"}), "");
  EXPECT_EQ(complaint(allowing("10.0.0.0/8"), {"unix:/x", "udp://:7"}), "");
  EXPECT_EQ(complaint(allowing("uid:0"), {"unix:/x"}), "");
  EXPECT_EQ(complaint(allowing("uid:0"), {"unix-seqpacket:/x"}), "");
  EXPECT_EQ(complaint(allowing("10.0.0.0/8"), {"unix:/x"}),
            "--allow 10.0.0.0/8: unix:/x has users and groups, not addresses");
  EXPECT_EQ(complaint(allowing("uid:0"), {"tcp://:7"}),
            "--allow uid:0: tcp://:7 does not tell users; only unix: and unix-seqpacket: do");
  EXPECT_EQ(
      complaint(allowing("uid:0"), {"unix-dgram:/x"}),
      "--allow uid:0: unix-dgram:/x does not tell who sends; who may reach it is for the permissions of its "
      "directory");
}

TEST(AccessTerms, JudgeByTheHeaderWhereThereIsOne) {
  settings asked = allowing("10.0.0.0/8");
  asked.proxy_protocol = true;
  EXPECT_EQ(complaint(asked, {"unix:/x"}), "");
  asked.proxy_from = {"uid:0"};
  EXPECT_EQ(complaint(asked, {"unix:/x"}), "");
  asked.allow = {"uid:0"};
  EXPECT_EQ(complaint(asked, {"unix:/x"}),
            "--allow uid:0: a PROXY header names no users; --proxy-from is for the proxy's own");
  asked.proxy_protocol = false;
  EXPECT_EQ(complaint(asked, {"unix:/x"}), "--proxy-from: goes with --proxy-protocol only");
}

TEST(AccessTerms, RefuseARateOfNothing) {
  settings asked;
  asked.client_rate = byte_count{0};
  EXPECT_EQ(complaint(asked, {"tcp://:7"}), "--rate 0: must be at least 1");
  asked.client_rate.reset();
  asked.total_rate = byte_count{0};
  EXPECT_EQ(complaint(asked, {"tcp://:7"}), "--rate-all 0: must be at least 1");
}

// ── Origins ──────────────────────────────────────────────────────────────────────────────────────────────

TEST(Origins, CountAnIpv4AddressWhicheverSocketShowsIt) {
  EXPECT_EQ(origin_of(from_ip("192.0.2.1")), origin_of(from_ip("::ffff:192.0.2.1")));
  EXPECT_NE(origin_of(from_ip("192.0.2.1")), origin_of(from_ip("192.0.2.2")));
}

TEST(Origins, CountTheSlash64OfAnIpv6Address) {
  EXPECT_EQ(origin_of(from_ip("2001:db8:1:2::1")), origin_of(from_ip("2001:db8:1:2:ffff:ffff:ffff:ffff")));
  EXPECT_NE(origin_of(from_ip("2001:db8:1:2::1")), origin_of(from_ip("2001:db8:1:3::1")));
  EXPECT_NE(origin_of(from_ip("fe80::1%1")), origin_of(from_ip("fe80::1%2"))) << "another link, another host";
}

TEST(Origins, CountUsersOfUnixSockets) {
  EXPECT_EQ(origin_of(from_user(1000, 1, {})), origin_of(from_user(1000, 2, {})));
  EXPECT_NE(origin_of(from_user(1000, 1, {})), origin_of(from_user(1001, 1, {})));
  EXPECT_NE(origin_of(from_user(0, 0, {})), origin_of(visitor()));
}

TEST(Origins, LetInAsManyAsThereArePlaces) {
  origins o(2);
  const origin a = origin_of(from_ip("192.0.2.1"));
  const origin b = origin_of(from_ip("2001:db8::1"));
  EXPECT_TRUE(o.enter(a));
  EXPECT_TRUE(o.enter(a));
  EXPECT_FALSE(o.enter(a));
  EXPECT_TRUE(o.enter(b)) << "others are not concerned";
  o.leave(a);
  EXPECT_TRUE(o.enter(a));
  EXPECT_FALSE(o.enter(a));
}

TEST(Origins, ForgetWhoHasGone) {
  origins o(1);
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    visitor v;
    v.where = endpoint(ipv4_address(i), 1);
    ASSERT_TRUE(o.enter(origin_of(v)));
    ASSERT_FALSE(o.enter(origin_of(v)));
    o.leave(origin_of(v));
  }
  EXPECT_EQ(o.size(), 0U);
  o.leave(origin_of(from_ip("192.0.2.1")));
  EXPECT_EQ(o.size(), 0U) << "whoever was not here cannot leave";
}

// ── Refusals ─────────────────────────────────────────────────────────────────────────────────────────────

TEST(Refusals, AreOneSentence) {
  refusals r;
  EXPECT_EQ(sentence_of(r), "");
  r.add(refusal::denied);
  EXPECT_EQ(sentence_of(r), "1 refused: 1 by --deny");
  r.add(refusal::per_address);
  r.add(refusal::per_address);
  EXPECT_EQ(sentence_of(r), "3 refused: 1 by --deny, 2 by --max-per-address");
  EXPECT_EQ(r.of(refusal::per_address), 2U);
  EXPECT_EQ(r.of(refusal::no_place), 0U);
}

// ── Rates ────────────────────────────────────────────────────────────────────────────────────────────────

constexpr time_point start = time_point(1h);

TEST(TokenBucket, LetsABurstPassAndThenTheRate) {
  token_bucket b(1000, start);
  EXPECT_EQ(b.burst(), 100U);
  EXPECT_EQ(b.charge(100, start), start);
  EXPECT_EQ(b.charge(1, start), start + 1ms);
  EXPECT_EQ(b.charge(9, start), start + 10ms);
  EXPECT_EQ(b.charge(10, start + 10ms), start + 20ms);
  EXPECT_EQ(b.charge(0, start + 20ms), start + 20ms);
}

TEST(TokenBucket, KeepsNoMoreThanABurst) {
  token_bucket b(1000, start);
  const time_point later = start + 1000h;
  EXPECT_EQ(b.charge(100, later), later);
  EXPECT_EQ(b.charge(1, later), later + 1ms);
}

TEST(TokenBucket, IsExactOverAnyTime) {
  // A rate that divides no nanosecond: each charge rounds up for itself, and none adds to the next.
  token_bucket b(7, start);
  (void)b.charge(b.burst(), start);
  time_point due = start;
  for (int i = 0; i < 7'000; ++i) due = b.charge(1, due);
  EXPECT_GE(due, start + 1000s);
  EXPECT_LE(due, start + 1000s + 1ns);
}

TEST(TokenBucket, NeverLetsMoreThanItsRatePassInAnySpan) {
  std::mt19937_64 random(20261128);
  for (const std::uint64_t rate : {std::uint64_t{1}, std::uint64_t{999}, std::uint64_t{1'000'003},
                                   std::uint64_t{1} << 40U, ~std::uint64_t{0}}) {
    token_bucket b(rate, start);
    std::vector<std::pair<time_point, std::uint64_t>> passed;
    time_point now = start;
    for (int i = 0; i < 300; ++i) {
      const std::uint64_t bytes = random() % (2 * b.burst() + 1);
      now = std::max(now, b.charge(bytes, now));
      passed.emplace_back(now, bytes);
      if (random() % 4 == 0) now += duration(static_cast<std::int64_t>(random() % 1'000'000'000));
    }
    for (std::size_t first = 0; first < passed.size(); ++first) {
      long double sum = 0;
      for (std::size_t last = first; last < passed.size(); ++last) {
        sum += static_cast<long double>(passed[last].second);
        const auto span = static_cast<long double>((passed[last].first - passed[first].first).count());
        // The first of them may have been owed before the span began.
        const long double most = static_cast<long double>(rate) * span / 1e9L +
                                 static_cast<long double>(b.burst() + passed[first].second);
        ASSERT_LE(sum, most * (1 + 1e-12L)) << rate << ' ' << first << ' ' << last;
      }
    }
  }
}

TEST(TokenBucket, LosesNothingOfItsRateToThoseWhoAreLate) {
  token_bucket b(1000, start);
  time_point now = start;
  std::uint64_t sum = 0;
  while (now < start + 60s) {
    sum += 50;
    now = b.charge(50, now) + 7ms;  // the sleeper oversleeps
  }
  EXPECT_GE(sum, 60'000U);
  EXPECT_LE(sum, 60'250U);
}

TEST(TokenBucket, SurvivesWhatNobodyWouldAsk) {
  token_bucket slow(1, start);
  EXPECT_EQ(slow.charge(~std::uint64_t{0}, start), time_point::max());
  EXPECT_EQ(slow.charge(1, start), time_point::max());
  token_bucket fast(~std::uint64_t{0}, time_point::min());
  EXPECT_EQ(fast.charge(1, time_point::max() - 1s), time_point::max() - 1s);
  token_bucket none(0, start);
  EXPECT_EQ(none.rate(), 1U);
  token_bucket backwards(1000, start);
  EXPECT_EQ(backwards.charge(101, start), start + 1ms);
  EXPECT_EQ(backwards.charge(1, start - 1h), start + 2ms) << "time does not run backwards";
}

TEST(TokenBucket, ServesThoseWhoShareItInTurns) {
  token_bucket shared(1'000'000, start);
  (void)shared.charge(shared.burst(), start);
  // One asks for as much as it may at a time, one after the other; one for little, now and then; one begins
  // late.
  struct client {
    std::uint64_t piece;
    time_point next;
    std::uint64_t got = 0;
    duration longest{};
  };
  std::vector<client> all = {
      {shared.quantum(), start}, {shared.quantum(), start}, {1, start}, {shared.quantum(), start + 5s}};
  const time_point end = start + 10s;
  for (;;) {
    client& c = *std::ranges::min_element(all, {}, &client::next);
    if (c.next >= end) break;
    const time_point due = shared.charge(c.piece, c.next);
    c.longest = std::max(c.longest, due - c.next);
    c.got += c.piece;
    c.next = c.piece == 1 ? due + 50ms : due;
  }
  const auto share = [&](std::size_t i) { return static_cast<double>(all[i].got); };
  EXPECT_NEAR(share(0), share(1), 20'000);
  EXPECT_NEAR(share(3), 5e6 / 3, 50'000) << "whoever comes late has the share of the others, and no more";
  EXPECT_NEAR(share(0) + share(1) + share(2) + share(3), 10e6, 150'000);
  EXPECT_LE(all[2].longest, 31ms) << "little waits for one turn of each of the others only";
}

TEST(Pace, AdmitsNothingWhileItOwes) {
  token_bucket shared(1000, start);
  pace both(token_bucket(100'000, start), &shared);
  EXPECT_TRUE(both.admits(100, start));
  EXPECT_TRUE(both.admits(50, start)) << "it owes nothing yet, and what comes goes whole";
  EXPECT_FALSE(both.admits(1, start + 49ms));
  EXPECT_TRUE(both.admits(1, start + 50ms)) << "what was refused was not charged";
  pace none;
  EXPECT_FALSE(none.is_bounded());
  EXPECT_TRUE(none.admits(1U << 30U, start));
}

TEST(Pace, IsThatOfTheSlowerBucket) {
  token_bucket shared(1000, start);
  pace both(token_bucket(100'000, start), &shared);
  EXPECT_EQ(both.quantum(), 10U);
  EXPECT_EQ(both.charge(100, start), start);
  EXPECT_EQ(both.charge(100, start), start + 100ms);
  pace none;
  EXPECT_EQ(none.charge(1U << 30U, start), start);
}

}  // namespace
