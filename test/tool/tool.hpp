// SPDX-License-Identifier: MIT
// Running the tool as people and scripts do.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "support/child.hpp"

namespace tool_test {

/// Runs `fairlead words…` to its end.
[[nodiscard]] inline fairlead::testing::child_outcome fairlead_tool(
    std::vector<std::string> words, const fairlead::testing::program_options& options = {}) {
  words.insert(words.begin(), FAIRLEAD_TOOL);
  return fairlead::testing::run_program(words, options);
}

/// The lines of a text, without their ends.
[[nodiscard]] inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

/// How many columns a line takes.
[[nodiscard]] inline std::size_t columns_of(const std::string& line) {
  return static_cast<std::size_t>(
      std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace tool_test
