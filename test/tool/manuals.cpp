// SPDX-License-Identifier: MIT
// The man pages: made from the tables, accepted by both typesetters, and their examples are commands that
// work.
#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

#include <fairlead/url.hpp>

#include "manual/examples.hpp"
#include "manual/facts.hpp"
#include "manual/manual.hpp"
#include "manual/roff.hpp"
#include "manual/value.hpp"
#include "tool/shells.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;

std::vector<std::string> names_of_pages() { return lines_of(fairlead_tool({"manual", "--list"}).output); }

std::string source_of(const std::string& page) {
  const child_outcome o = fairlead_tool({"manual", page});
  EXPECT_EQ(o.status, 0) << page;
  EXPECT_EQ(o.errors, "") << page;
  return o.output;
}

// As a reader sees it.
std::string shown(const std::string& source) {
  return run_program({"/bin/sh", "-c", "mandoc -T utf8 | col -bx"}, {.input = source, .environment = {}})
      .output;
}

TEST(Manual, HasAPageForEachCommand) {
  std::vector<std::string> expected = {"fairlead"};
  for (const tool::command& c : tool::commands()) expected.push_back("fairlead-" + std::string(c.name));
  EXPECT_EQ(names_of_pages(), expected);
}

TEST(Manual, TakesTheNameOfTheCommandForThatOfItsPage) {
  EXPECT_EQ(source_of("connect"), source_of("fairlead-connect"));
  EXPECT_EQ(fairlead_tool({"manual"}).output, source_of("fairlead"));
}

TEST(Manual, SuggestsThePageThatIsNear) {
  for (const auto& [asked, remedy] : {std::pair("conect", "did you mean connect?"),
                                      {"fairlead-lisetn", "did you mean fairlead-listen?"},
                                      {"fairlaed", "did you mean fairlead?"},
                                      {"nonsense", "fairlead manual --list names them"}}) {
    const child_outcome o = fairlead_tool({"manual", asked});
    EXPECT_EQ(o.status, 2);
    EXPECT_EQ(o.errors, "fairlead: " + std::string(asked) + ": there is no such page; " + remedy + "\n");
  }
}

TEST(Manual, IsAcceptedByMandocWithoutAWord) {
  if (!has_program("mandoc")) GTEST_SKIP() << "mandoc is not installed";
  for (const std::string& page : names_of_pages()) {
    const child_outcome o = run_program({"/usr/bin/env", "mandoc", "-T", "lint", "-W", "all"},
                                        {.input = source_of(page), .environment = {}});
    EXPECT_EQ(o.output + o.errors, "") << page;
    EXPECT_EQ(o.status, 0) << page;
  }
}

TEST(Manual, IsAcceptedByGroffWithoutAWordEvenInAscii) {
  if (!has_program("man")) GTEST_SKIP() << "man is not installed";
  for (const std::string& page : names_of_pages()) {
    // ASCII has the fewest characters: what it lacks would be missing without a word.
    const child_outcome o =
        run_program({"/usr/bin/env", "man", "--warnings", "-l", "-Tascii", "-"},
                    {.input = source_of(page), .environment = {{"LC_ALL", "C"}, {"MANWIDTH", "80"}}});
    EXPECT_EQ(o.errors, "") << page;
    EXPECT_EQ(o.status, 0) << page;
  }
}

// Nothing is lost between the table and the reader, however it is escaped.
TEST(Manual, ShowsEveryFlagWithAllThatTheTableSaysOfIt) {
  if (!has_program("mandoc")) GTEST_SKIP() << "mandoc is not installed";
  const auto words = [](std::string_view text) {
    std::string made;
    for (const char c : text) {
      if (c != ' ' && c != '\n') made += c;
    }
    for (std::size_t at = 0; (at = made.find("…", at)) != std::string::npos;) made.replace(at, 3, "...");
    for (std::size_t at = 0; (at = made.find("µ", at)) != std::string::npos;) made.replace(at, 2, "u");
    return made;
  };
  for (const tool::command& c : tool::commands()) {
    const std::string page = words(shown(tool::manual_page(c, 0)));
    EXPECT_NE(page.find(words(c.summary)), std::string::npos) << c.name;
    for (const tool::flag* f : tool::flags_of(c.id)) {
      EXPECT_NE(page.find("--" + std::string(f->name) + words(f->argument)), std::string::npos)
          << c.name << ' ' << f->name;
      EXPECT_NE(page.find(words(f->help)), std::string::npos) << c.name << ' ' << f->name;
      EXPECT_NE(page.find(words(f->fallback)), std::string::npos) << c.name << ' ' << f->name;
    }
  }
}

TEST(Manual, CanBeReproduced) {
  const auto first_line = [](const std::string& seconds) {
    return lines_of(fairlead_tool({"manual"}, {.input = "", .environment = {{"SOURCE_DATE_EPOCH", seconds}}})
                        .output)
        .front();
  };
  EXPECT_NE(first_line("86399").find(" 1 \"1970-01-01\" "), std::string::npos);
  EXPECT_NE(first_line("951782400").find(" 1 \"2000-02-29\" "), std::string::npos);
  EXPECT_EQ(first_line("soon").find("1970"), std::string::npos);
}

TEST(Manual, EscapesWhatATypesetterWouldTakeForItself) {
  using namespace tool::roff;
  EXPECT_EQ(filled(".so /etc/passwd"), "\\&.so /etc/passwd\n");
  EXPECT_EQ(filled("'tis"), "\\&'tis\n");
  EXPECT_EQ(filled("written \\xNN"), "written \\exNN\n");
  EXPECT_EQ(filled("half-close with --no-shutdown; 200 µs"),
            "half-close with \\fB\\-\\-no\\-shutdown\\fR; 200 us\n");
  EXPECT_EQ(filled("One. Two."), "One.\nTwo.\n");
  EXPECT_EQ(typed(".profile '~^`"), "\\&.profile \\(aq\\(ti\\(ha\\(ga");
  EXPECT_EQ(filled("ADDR… 😀"), "ADDR... \\[u1F600]\n");
}

TEST(Manual, LetsNoLineOfAFilledTextBeginLikeARequest) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "a .b 'c ";
  for (const std::string& line : lines_of(tool::roff::filled(text))) {
    EXPECT_LE(line.size(), 80U);
    EXPECT_TRUE(line[0] != '.' && line[0] != '\'') << line;
  }
}

// The words of an example from "fairlead" to the end of that command.
std::vector<std::string> words_of(std::string_view typed) {
  std::istringstream in{std::string(typed.substr(typed.find("fairlead")))};
  std::vector<std::string> words;
  for (std::string word; in >> word;) {
    if (word.find_first_of("|<>&") == 0) break;
    const bool last = word.ends_with(')');
    if (last) word.pop_back();
    words.push_back(word);
    if (last) break;
  }
  return words;
}

TEST(Manual, HasExamplesThatTheToolUnderstands) {
  for (const tool::example& e : tool::examples()) {
    const std::vector<std::string> words = words_of(e.typed);
    ASSERT_GE(words.size(), 2U) << e.typed;
    EXPECT_EQ(words[0], "fairlead");
    const auto found = std::ranges::find(tool::commands(), words[1], &tool::command::name);
    ASSERT_NE(found, tool::commands().end()) << e.typed;
    if (e.command != tool::on_none) {
      EXPECT_EQ(found->id, e.command) << e.typed;
    }
    const auto asked = tool::parse(found->id, std::span(words).subspan(2));
    ASSERT_TRUE(asked) << e.typed << ": " << asked.error();
    EXPECT_GE(asked->arguments.size() + (asked->list ? 1U : 0U), found->least) << e.typed;
    EXPECT_LE(asked->arguments.size(), found->most) << e.typed;
    for (std::size_t i = 0; i < asked->arguments.size(); ++i) {
      const std::vector<tool::value> may_be = tool::possible_at(*found, i);
      if (may_be.size() == 1 && may_be[0].kind == tool::value_kind::address) {
        EXPECT_TRUE(fairlead::url::parse(asked->arguments[i])) << e.typed;
      }
    }
  }
}

TEST(Manual, NamesAddressesThatTheLibraryReads) {
  for (const tool::address_form& form : tool::socket_forms()) {
    const std::string address =
        std::string(form.beginning) + (form.rest == "PATH" ? "/tmp/x" : "localhost:1");
    EXPECT_TRUE(fairlead::url::parse(address)) << address;
  }
}

}  // namespace
