// SPDX-License-Identifier: MIT
// Options of URLs, and the durations and sizes they hold.
#include <gtest/gtest.h>

#include <fairlead/url.hpp>

namespace {

using namespace fairlead;
using namespace std::chrono_literals;

url with(const std::string& query) { return url::parse("tcp://localhost:7007?" + query).value(); }

TEST(UrlOptions, AreKeptInOrderAndDecoded) {
  const url u = with("b=2&a=x%20y%26%3D&b=3&flag&empty=&c=d=e?f");
  const std::vector<url::option> expected = {{"b", "2"},   {"a", "x y&="}, {"b", "3"},
                                             {"flag", ""}, {"empty", ""},  {"c", "d=e?f"}};
  EXPECT_EQ(u.options(), expected);
  EXPECT_EQ(u.to_string(), "tcp://localhost:7007?b=2&a=x%20y%26=&b=3&flag&empty&c=d=e?f");
  EXPECT_EQ(url::parse(u.to_string()).value(), u);
}

TEST(UrlOptions, ThatAreAbsentAreNothing) {
  const url u = with("x=1");
  EXPECT_EQ(u.text("y").value(), std::nullopt);
  EXPECT_EQ(u.flag("y").value(), std::nullopt);
  EXPECT_EQ(u.duration("y").value(), std::nullopt);
  EXPECT_EQ(u.size("y").value(), std::nullopt);
  EXPECT_EQ(u.integer("y").value(), std::nullopt);
  EXPECT_EQ(u.text("X").value(), std::nullopt) << "names are exact";
}

TEST(UrlOptions, AreReadByKind) {
  const url u = with("nodelay=1&keepalive=30s&buffer=64k&backlog=128&name=a%20b");
  EXPECT_EQ(u.flag("nodelay").value(), true);
  EXPECT_EQ(u.duration("keepalive").value(), 30s);
  EXPECT_EQ(u.size("buffer").value(), 65536U);
  EXPECT_EQ(u.integer("backlog").value(), 128);
  EXPECT_EQ(u.text("name").value(), "a b");
  EXPECT_TRUE(u.allow_only({"nodelay", "keepalive", "buffer", "backlog", "name", "other"}));
}

TEST(UrlOptions, TakeTheUsualWordsForYesAndNo) {
  for (const char* yes : {"f", "f=", "f=1", "f=true", "f=yes", "f=on"})
    EXPECT_EQ(with(yes).flag("f").value(), true) << yes;
  for (const char* no : {"f=0", "f=false", "f=no", "f=off"})
    EXPECT_EQ(with(no).flag("f").value(), false) << no;
  for (const char* neither : {"f=2", "f=TRUE", "f=y", "f=%20", "f=01"})
    EXPECT_FALSE(with(neither).flag("f")) << neither;
}

struct wrong_option {
  std::string query;
  char kind;
  std::string message;
  std::string carets;
  friend std::ostream& operator<<(std::ostream& out, const wrong_option& row) { return out << row.query; }
};

class WrongOption : public testing::TestWithParam<wrong_option> {};

TEST_P(WrongOption, IsNamedAndPointedAt) {
  const url u = with(GetParam().query);
  const error e = [&] {
    switch (GetParam().kind) {
      case 'f': return u.flag("x").error();
      case 'd': return u.duration("x").error();
      case 's': return u.size("x").error();
      case 'i': return u.integer("x", -5, 5).error();
      case 'o': return u.allow_only({"nodelay", "keepalive"}).error();
      case 'n': return u.allow_only({}).error();
      default: return u.text("x").error();
    }
  }();
  EXPECT_EQ(e, fault::bad_syntax);
  EXPECT_EQ(e.message(), u.to_string() + ": " + GetParam().message);
  EXPECT_EQ(underline(e), u.to_string() + '\n' + std::string(21, ' ') + GetParam().carets);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(
    Urls, WrongOption,
    testing::Values(
        wrong_option{"x=maybe", 'f', "option 'x': 'maybe' is neither 1 (true, yes, on) nor 0 (false, no, off)",
                     "  ^^^^^"},
        wrong_option{"a=1&x=2", 'f', "option 'x': '2' is neither 1 (true, yes, on) nor 0 (false, no, off)",
                     "      ^"},
        wrong_option{"x=30", 'd', "option 'x': the unit is missing after '30'; write 30s for seconds or 30ms for milliseconds",
                     "    ^"},
        wrong_option{"x=30x", 'd', "option 'x': 'x' is not a unit of time; there are ns, us, ms, s, m, h and d",
                     "    ^"},
        wrong_option{"a&x", 'd', "option 'x': a duration is a number with a unit, as in 30s or 250ms",
                     "   ^"},
        wrong_option{"x=30%20s", 'd', "option 'x': ' s' is not a unit of time; there are ns, us, ms, s, m, h and d",
                     "  ^^^^^^"},
        wrong_option{"x=64kB", 's', "option 'x': 'kB' is not a unit of size; there are k, m, g and t, powers of 1024",
                     "    ^^"},
        wrong_option{"x=6", 'i', "option 'x': it must be -5 to 5",
                     "  ^"},
        wrong_option{"x=-6", 'i', "option 'x': it must be -5 to 5",
                     "  ^^"},
        wrong_option{"x=99999999999999999999", 'i', "option 'x': it must be -5 to 5",
                     "  ^^^^^^^^^^^^^^^^^^^^"},
        wrong_option{"x=1.5", 'i', "option 'x': '1.5' is not a whole number",
                     "  ^^^"},
        wrong_option{"x", 'i', "option 'x': '' is not a whole number",
                     " ^"},
        wrong_option{"x=a&y&x=b", 't', "option 'x': it is given twice; give it once",
                     "        ^"},
        wrong_option{"x=1&x=1", 'i', "option 'x': it is given twice; give it once",
                     "      ^"},
        wrong_option{"nodelay=1&keepaliv=1", 'o', "unknown option 'keepaliv'; did you mean keepalive?",
                     "          ^^^^^^^^"},
        wrong_option{"nodlay", 'o', "unknown option 'nodlay'; did you mean nodelay?",
                     "^^^^^^"},
        wrong_option{"colour=red", 'o', "unknown option 'colour'; there are nodelay, keepalive",
                     "^^^^^^"},
        wrong_option{"colour=red", 'n', "unknown option 'colour'; there are none here",
                     "^^^^^^"}));
// clang-format on

struct duration_text {
  const char* text;
  std::chrono::nanoseconds value;
  friend std::ostream& operator<<(std::ostream& out, const duration_text& row) { return out << row.text; }
};

class GoodDuration : public testing::TestWithParam<duration_text> {};

TEST_P(GoodDuration, IsExact) {
  const auto parsed = parse_duration(GetParam().text);
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(*parsed, GetParam().value);
}

INSTANTIATE_TEST_SUITE_P(
    Durations, GoodDuration,
    testing::Values(duration_text{"0", 0ns}, duration_text{"000", 0ns}, duration_text{"0s", 0ns},
                    duration_text{"1ns", 1ns}, duration_text{"5us", 5us}, duration_text{"250ms", 250ms},
                    duration_text{"30s", 30s}, duration_text{"2m", 2min}, duration_text{"2min", 2min},
                    duration_text{"1h", 1h}, duration_text{"7d", 168h}, duration_text{"1.5s", 1500ms},
                    duration_text{"0.25ms", 250us}, duration_text{"0.000000001s", 1ns},
                    duration_text{"1.000000000000000000s", 1s}, duration_text{"0.5h", 30min},
                    duration_text{"007s", 7s}, duration_text{"106751d", 106751 * 24h},
                    duration_text{"9223372036854775.807us", std::chrono::nanoseconds::max()}));

TEST(Durations, ThatAreWrongSayWhy) {
  for (const auto& [text, reason] : {std::pair{"", "with a unit"},
                                     {"s", "is not a duration"},
                                     {"-1s", "negative"},
                                     {"+1s", "is not a duration"},
                                     {"1", "the unit is missing after '1'"},
                                     {"1.5", "the unit is missing"},
                                     {"0.0", "the unit is missing"},
                                     {"1.s", "digits are missing"},
                                     {".5s", "is not a duration"},
                                     {"1S", "'S' is not a unit"},
                                     {"1 s", "' s' is not a unit"},
                                     {"1s ", "'s ' is not a unit"},
                                     {"1m30s", "'m30s' is not a unit"},
                                     {"1e3s", "'e3s' is not a unit"},
                                     {"0.1ns", "finer"},
                                     {"0.0000000001s", "finer"},
                                     {"106752d", "too long"},
                                     {"9223372036854775808ns", "too many digits"},
                                     {"999999999999999999h", "too long"},
                                     {"1.0000000000000000000s", "too many digits"},
                                     {"9999999999999999999999999999999999999999s", "too many digits"},
                                     {"0x1s", "'x1s' is not a unit"},
                                     {"infinite", "is not a duration"}}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text << " gave " << parsed->count();
    EXPECT_NE(parsed.error().reason().find(reason), std::string::npos)
        << text << ": " << parsed.error().reason();
  }
}

TEST(Sizes, ArePowersOf1024) {
  for (const auto& [text, value] : {std::pair{"0", std::uint64_t{0}},
                                    {"1", 1},
                                    {"65536", 65536},
                                    {"0064", 64},
                                    {"1b", 1},
                                    {"1B", 1},
                                    {"64k", 65536},
                                    {"64K", 65536},
                                    {"64KiB", 65536},
                                    {"64kib", 65536},
                                    {"1m", 1048576},
                                    {"1MiB", 1048576},
                                    {"3g", 3221225472},
                                    {"3GiB", 3221225472},
                                    {"2t", 2199023255552},
                                    {"2TiB", 2199023255552},
                                    {"16777215t", 18446742974197923840U},
                                    {"18446744073709551615", 18446744073709551615U}}) {
    const auto parsed = parse_size(text);
    ASSERT_TRUE(parsed) << parsed.error().message();
    EXPECT_EQ(*parsed, value) << text;
  }
}

TEST(Sizes, ThatAreWrongSayWhy) {
  for (const auto& [text, reason] : {std::pair{"", "number of bytes"},
                                     {"k", "is not a size"},
                                     {"-1", "negative"},
                                     {"+1", "is not a size"},
                                     {"1kB", "'kB' is not a unit"},
                                     {"1MB", "'MB' is not a unit"},
                                     {"1 k", "' k' is not a unit"},
                                     {"1.5k", "'.5k' is not a unit"},
                                     {"1kk", "is not a unit"},
                                     {"18446744073709551616", "too large"},
                                     {"16777216t", "too large"},
                                     {"99999999999999999999999", "too large"},
                                     {"0x10", "'x10' is not a unit"},
                                     {"64k ", "is not a unit"}}) {
    const auto parsed = parse_size(text);
    ASSERT_FALSE(parsed) << text << " gave " << *parsed;
    EXPECT_NE(parsed.error().reason().find(reason), std::string::npos)
        << text << ": " << parsed.error().reason();
  }
}

}  // namespace
