// SPDX-License-Identifier: MIT
// DNS messages byte by byte.
#include "dial/message.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "dial/records.hpp"
#include "dial/resolving.hpp"

namespace fairlead::testing {
namespace {

using lookup::read_answer;
using lookup::record_type;
using lookup::verdict;

lookup::bytes_view bytes(std::string_view s) {
  return {reinterpret_cast<const unsigned char*>(s.data()), s.size()};
}

std::string query(record_type type = record_type::a, bool edns = true) {
  const auto q = lookup::make_query("www.test", type, 0xbeef, edns);
  return {q.begin(), q.end()};
}

std::string answer(const dns::parts& p, record_type type = record_type::a) {
  return dns::reply(dns::read_question(query(type), false), p);
}

lookup::reading reading_of(const std::string& message, record_type type = record_type::a) {
  return read_answer(bytes(message), bytes(query(type)));
}

verdict verdict_on(const std::string& message) { return reading_of(message).what; }

TEST(Messages, AskWithRecursionAndSayHowMuchFits) {
  EXPECT_EQ(query(record_type::a, false), std::string("\xbe\xef\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
                                                      "\x03www\x04test\x00\x00\x01\x00\x01",
                                                      26));
  EXPECT_EQ(query(record_type::aaaa, true), std::string("\xbe\xef\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01"
                                                        "\x03www\x04test\x00\x00\x1c\x00\x01"
                                                        "\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00",
                                                        37));
}

TEST(Messages, WithRecordsAreReadDownToTheirBytes) {
  const std::string m(
      "\xbe\xef\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00"
      "\x03www\x04test\x00\x00\x01\x00\x01"
      "\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x1e\x00\x04\x01x\xc0\x10"
      "\xc0\x26\x00\x01\x00\x01\x00\x00\x01\x2c\x00\x04\xc0\x00\x02\x01",
      58);
  const lookup::reading r = reading_of(m);
  EXPECT_EQ(r.what, verdict::records);
  EXPECT_EQ(r.count, 1U);
  EXPECT_EQ(r.ttl, 30U) << "the least along the chain of aliases";
  const auto records = lookup::read_records(bytes(m), record_type::a, r.count);
  ASSERT_TRUE(records.has_value()) << records.error();
  EXPECT_EQ(sorted(std::get<std::vector<ip_address>>(records->records)), (words{"192.0.2.1"}));
  EXPECT_EQ(records->canonical_name, "x.test");
}

TEST(Messages, OfOthersAreNotForUs) {
  std::string m = answer({.answers = {dns::address("www.test", "192.0.2.1")}});
  EXPECT_EQ(verdict_on(m), verdict::records);
  std::string other_number = m;
  other_number[1] ^= 1;
  EXPECT_EQ(verdict_on(other_number), verdict::foreign);
  std::string other_name = m;
  other_name[13] = 'x';
  EXPECT_EQ(verdict_on(other_name), verdict::foreign);
  std::string other_case = m;
  other_case[13] = 'W';
  EXPECT_EQ(verdict_on(other_case), verdict::records) << "RFC 4343";
  std::string question = m;
  question[2] = 0x01;
  EXPECT_EQ(verdict_on(question), verdict::foreign) << "a question is no answer";
  std::string other_type = m;
  other_type[23] = 28;
  EXPECT_EQ(verdict_on(other_type), verdict::foreign);
  EXPECT_EQ(verdict_on(""), verdict::foreign);
  EXPECT_EQ(verdict_on("\xbe"), verdict::foreign);
}

TEST(Messages, CutAnywhereAreBrokenOrForeignAndNeverMore) {
  const std::string m =
      answer({.answers = {dns::address("www.test", "192.0.2.1"), dns::address("www.test", "192.0.2.2")},
              .authorities = {dns::soa_record("test", 1, 2)}});
  ASSERT_EQ(verdict_on(m), verdict::records);
  for (std::size_t n = 0; n < m.size(); ++n) {
    const verdict v = verdict_on(m.substr(0, n));
    EXPECT_TRUE(v == verdict::broken || v == verdict::foreign) << n;
  }
}

TEST(Messages, ThatAreBrokenSayWhere) {
  EXPECT_EQ(reading_of("\xbe\xef\x81").why, "it ends within its header");
  std::string m = answer({.answers = {dns::address("www.test", "192.0.2.1")}});
  m.resize(m.size() - 1);
  EXPECT_EQ(reading_of(m).why, "it ends within its answers");
  std::string chaos = answer({.answers = {dns::address("www.test", "192.0.2.1")}});
  chaos[chaos.size() - 11] = 3;
  EXPECT_EQ(reading_of(chaos).why, "its answers are not of the Internet");
  std::string update = answer({});
  update[2] = static_cast<char>(0xa8);
  EXPECT_EQ(reading_of(update).why, "it answers another kind of question");
}

TEST(Messages, WithoutRecordsAreKeptAsLongAsTheirSoaAllows) {
  const auto ttl = [](const dns::parts& p) { return reading_of(answer(p)).ttl; };
  EXPECT_EQ(ttl({.rcode = 3, .authorities = {dns::soa_record("test", 300, 60)}}), 60U);
  EXPECT_EQ(ttl({.rcode = 3, .authorities = {dns::soa_record("test", 30, 60)}}), 30U);
  EXPECT_EQ(ttl({.authorities = {dns::soa_record("test", 300, 60)}}), 60U);
  EXPECT_EQ(ttl({.rcode = 3}), std::nullopt) << "RFC 2308, section 5: without SOA it must not be kept";
  EXPECT_EQ(ttl({.authorities = {dns::soa_record("test", 0x80000000U, 60)}}), 0U) << "RFC 2181, section 8";
  EXPECT_EQ(reading_of(answer({.rcode = 3})).what, verdict::no_such_name);
  EXPECT_EQ(reading_of(answer({})).what, verdict::no_records);
}

TEST(Messages, OfServersThatFailSayHow) {
  EXPECT_EQ(verdict_on(answer({.rcode = dns::servfail})), verdict::refused);
  EXPECT_EQ(reading_of(answer({.rcode = dns::refused})).rcode, dns::refused);
  EXPECT_EQ(lookup::name_of_rcode(dns::servfail), "SERVFAIL");
  EXPECT_EQ(lookup::name_of_rcode(11), "RCODE 11");
  // Not even the question is repeated.
  std::string bare = answer({.rcode = dns::servfail}).substr(0, 12);
  bare[5] = 0;
  EXPECT_EQ(verdict_on(bare), verdict::refused);
}

TEST(Messages, OfServersWithoutEdnsAskForAnotherQuestion) {
  EXPECT_EQ(verdict_on(answer({.rcode = dns::formerr})), verdict::old_fashioned);
  EXPECT_EQ(verdict_on(answer({.rcode = dns::notimp})), verdict::old_fashioned);
  // BADVERS: 1 in the upper bits of the outcome, which lie in the OPT record (RFC 6891, section 6.1.3).
  const std::string opt = dns::name("") + dns::u16(41) + dns::u16(1232) + dns::u32(0x01000000) + dns::u16(0);
  EXPECT_EQ(verdict_on(answer({.additionals = {opt}})), verdict::old_fashioned);
  const std::string plain = query(record_type::a, false);
  const auto q = dns::read_question(plain, false);
  const std::string refusal = dns::reply(q, {.rcode = dns::formerr});
  EXPECT_EQ(read_answer(bytes(refusal), bytes(plain)).what, verdict::refused);
}

TEST(Messages, CutShortAreAskedForOverTcpWhereTheyMayNotBe) {
  const std::string m = answer({.truncated = true});
  EXPECT_EQ(verdict_on(m), verdict::truncated);
  EXPECT_EQ(read_answer(bytes(m), bytes(query()), true).what, verdict::broken);
}

TEST(Messages, MayBeDamagedWhereNobodyLooks) {
  const std::string m = answer({.answers = {dns::address("www.test", "192.0.2.1")}, .additionals = {"x"}});
  EXPECT_EQ(verdict_on(m), verdict::records);
}

TEST(Messages, WithPointersInCirclesAreBroken) {
  const std::string loop("\xc0\x1a\x00\x01\x00\x01\x00\x00\x00\x1e\x00\x04\xc0\x00\x02\x01", 16);
  const std::string m = answer({.answers = {loop}});
  const lookup::reading r = reading_of(m);
  ASSERT_EQ(r.what, verdict::records) << "names are skipped, and this one has an end";
  const auto records = lookup::read_records(bytes(m), record_type::a, r.count);
  ASSERT_FALSE(records.has_value());
  EXPECT_EQ(records.error(), "its records cannot be read");
}

TEST(Messages, WithRecordsOfAnotherNameAreNoAnswer) {
  const std::string m = answer({.answers = {dns::address("elsewhere.test", "192.0.2.1")}});
  const auto records = lookup::read_records(bytes(m), record_type::a, reading_of(m).count);
  ASSERT_FALSE(records.has_value());
  EXPECT_EQ(records.error(), "its records are not of the name that was asked for");
}

}  // namespace
}  // namespace fairlead::testing
