// SPDX-License-Identifier: MIT
// Words and lines of small configuration files.
#pragma once

#include <string_view>

namespace fairlead::lookup {

/// Takes the next word off `line`; empty when there is none.
[[nodiscard]] inline std::string_view take_word(std::string_view& line) noexcept {
  constexpr std::string_view blanks = " \t\r\v\f";
  const std::size_t begin = line.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return line = {};
  line.remove_prefix(begin);
  const std::size_t end = line.find_first_of(blanks);
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(word.size());
  return word;
}

}  // namespace fairlead::lookup
