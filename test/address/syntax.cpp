// SPDX-License-Identifier: MIT
// How parse errors are shown.
#include <gtest/gtest.h>

#include <fairlead/url.hpp>

namespace {

using namespace fairlead;

TEST(SyntaxErrors, ReadAsOneSentence) {
  EXPECT_EQ(url::parse("tcp://localhost:70000").error().message(),
            "tcp://localhost:70000: port must be 0 to 65535");
  EXPECT_EQ(ipv4_address::parse("1.2.3.256").error().message(), "1.2.3.256: '256' is more than 255");
}

TEST(SyntaxErrors, UnderlineThePlace) {
  EXPECT_EQ(underline(url::parse("tcp://localhost:70000").error()),
            "tcp://localhost:70000\n"
            "                ^^^^^");
}

TEST(SyntaxErrors, CountWhatIsShownNotBytes) {
  // The text has two bytes for the u with dots, one column; the control byte is shown in four columns.
  EXPECT_EQ(underline(url::parse("tcp://b\xc3\xbc"
                                 "cher:70000")
                          .error()),
            "tcp://b\xc3\xbc"
            "cher:70000\n"
            "             ^^^^^");
  EXPECT_EQ(underline(url::parse("tcp://a\x1b:1").error()),
            "tcp://a\\x1b:1\n"
            "       ^^^^");
}

TEST(SyntaxErrors, EscapeWhatIsNoPrintableUtf8) {
  const auto shown = [](std::string_view bytes) {
    return unix_address::path(std::string(bytes) + '\0').error().subject();
  };
  EXPECT_EQ(shown("\x01\x1f\x7f"), "\\x01\\x1f\\x7f\\x00");
  EXPECT_EQ(shown("\xc3\xa9\xe2\x82\xac\xf0\x9f\x9a\xa2"), "\xc3\xa9\xe2\x82\xac\xf0\x9f\x9a\xa2\\x00");
  EXPECT_EQ(shown("\xff\xfe\x80"), "\\xff\\xfe\\x80\\x00");
  EXPECT_EQ(shown("\xc2\x9b"), "\\xc2\\x9b\\x00") << "a control character in two bytes";
  EXPECT_EQ(shown("\xc0\xaf"), "\\xc0\\xaf\\x00") << "overlong";
  EXPECT_EQ(shown("\xe0\x80\x80"), "\\xe0\\x80\\x80\\x00") << "overlong";
  EXPECT_EQ(shown("\xf0\x80\x80\x80"), "\\xf0\\x80\\x80\\x80\\x00") << "overlong";
  EXPECT_EQ(shown("\xed\xa0\x80"), "\\xed\\xa0\\x80\\x00") << "a surrogate";
  EXPECT_EQ(shown("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80\\x00") << "beyond Unicode";
  EXPECT_EQ(shown("\xe2\x82"), "\\xe2\\x82\\x00") << "cut off";
}

TEST(SyntaxErrors, OfOtherKindsHaveNoPlace) {
  EXPECT_EQ(place_of(error(errc::timed_out)), std::nullopt);
  EXPECT_EQ(underline(error(errc::timed_out)), "");
  EXPECT_EQ(place_of(error::about(fault::bad_syntax, verb::parse, "x", "y")), std::nullopt);
}

TEST(SyntaxErrors, BeyondWhatIsKeptOfALongTextAreNotUnderlined) {
  const auto parsed = url::parse("exec:" + std::string(1000, 'x') + '\0');
  ASSERT_FALSE(parsed);
  EXPECT_EQ(place_of(parsed.error()), (syntax_place{1005, 1}));
  EXPECT_EQ(underline(parsed.error()), "");
  EXPECT_TRUE(parsed.error().subject().ends_with("..."));
}

}  // namespace
