// SPDX-License-Identifier: MIT
// The line that says how far it is: on a narrow screen it says less, but nothing wrong.
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tool/tool.hpp"
#include "transfer/meter.hpp"

namespace {

using namespace tool_test;

std::string line(std::string_view name, std::size_t columns) {
  return tool::transfer::progress_line(name, 250'000'000, 1'000'000'000, 50e6, columns);
}

TEST(TransferProgress, ANarrowLineLacksWholeFigures) {
  const std::string name(60, 'n');
  EXPECT_EQ(line(name, 50), "…nn  25 %  250 MB of 1.00 GB  50.0 MB/s  0:15 left");
  EXPECT_EQ(line(name, 40), "…nnn  25 %  250 MB  50.0 MB/s  0:15 left");
  EXPECT_EQ(line(name, 30), "…n  25 %  50.0 MB/s  0:15 left");
  EXPECT_EQ(line(name, 20), "…nn  25 %  0:15 left");
  EXPECT_EQ(line("name", 10), "name  25 %");
  for (std::size_t columns = 0; columns < 100; ++columns)
    EXPECT_LE(columns_of(line(name, columns)), columns) << line(name, columns);
}

TEST(TransferProgress, ANameIsCutBetweenItsCharacters) {
  const std::string name = "\xc3\xa4\xe2\x82\xac\x01\\z";  // two bytes, three, a control character
  constexpr std::array<std::string_view, 5> ends = {"\\xe2\\x82\\xac\\x01\\\\z", "\\x01\\\\z", "\\\\z", "z",
                                                    ""};
  const std::size_t figures = std::string_view("  25 %  250 MB of 1.00 GB  50.0 MB/s  0:15 left").size();
  for (std::size_t room = 1; room < tool::transfer::progress_line(name, 0, 0, 0, 999).find("  "); ++room) {
    const std::string shown = line(name, figures + room);
    std::string_view longest;
    for (const std::string_view e : ends) {
      if (1 + e.size() <= room && e.size() > longest.size()) longest = e;
    }
    EXPECT_TRUE(shown.starts_with("…" + std::string(longest) + "  25 %")) << shown;
  }
}

}  // namespace
