// SPDX-License-Identifier: MIT
// --hex: the lines themselves, and what the tool prints.
#include <string>

#include <gtest/gtest.h>

#include "evidence/hex_dump.hpp"
#include "support/guard.hpp"
#include "tool/running.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;

TEST(HexDump, SixteenBytesAreALine) {
  std::string bytes;
  for (int i = 0; i < 18; ++i) bytes += static_cast<char>(i < 16 ? 0x3c + i : 0xf0 + i);
  EXPECT_EQ(tool::hex_lines(bytes, 0x10, '>'),
            "> 00000010  3c 3d 3e 3f 40 41 42 43  44 45 46 47 48 49 4a 4b  <=>?@ABCDEFGHIJK\n"
            "> 00000020  00 01                                             ..\n");
  EXPECT_EQ(tool::hex_lines({}, 0, '>'), "");
}

TEST(HexDump, OffsetsGrowBeyondThirtyTwoBits) {
  EXPECT_EQ(tool::hex_lines("A", 0x1'2345'6780, '<').substr(0, 11), "< 123456780");
}

TEST(HexDump, NoLineIsWiderThanATerminal) {
  for (const std::string& line : lines_of(tool::hex_lines(std::string(100, 'x'), 0, '>')))
    EXPECT_LE(line.size(), 79U);
}

class HexOption : public guarded<> {};

TEST_F(HexOption, ShowsEachDirectionWithItsOwnOffsets) {
  listener echo("tcp://127.0.0.1:0", {"--echo"});
  running client(fairlead_command({"connect", echo.address(), "--hex"}));
  for (const char* const word : {"one\n", "two\n"}) {
    EXPECT_TRUE(client.write(word));
    EXPECT_TRUE(client.says(word));
  }
  client.close_input();
  EXPECT_EQ(client.status(), 0);
  const std::vector<std::string> lines = lines_of(client.errors());
  ASSERT_EQ(lines.size(), 10U) << client.errors();
  const auto begins = [&](std::size_t line, const std::string& text) {
    EXPECT_EQ(lines[line].substr(0, text.size()), text);
  };
  begins(0, "> 4 bytes to " + echo.address() + ", ");
  begins(1, "> 00000000  6f 6e 65 0a                                       one.");
  begins(2, "< 4 bytes from " + echo.address() + ", ");
  begins(3, "< 00000000  6f 6e 65 0a ");
  begins(5, "> 00000004  74 77 6f 0a ");
  begins(7, "< 00000004  74 77 6f 0a ");
  begins(8, "> eof to " + echo.address());
  begins(9, "< fin from " + echo.address());
}

TEST_F(HexOption, AndEventsAreNotWrittenIntoEachOther) {
  const child_outcome o = fairlead_tool({"connect", "tcp://127.0.0.1:1", "--hex", "--json"});
  EXPECT_EQ(o.status, 2);
  EXPECT_EQ(o.errors,
            "{\"event\":\"error\",\"seconds\":0.0,\"text\":\"--hex and --json: both are written to standard "
            "error; choose one of them\"}\n");
}

}  // namespace
