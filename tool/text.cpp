// SPDX-License-Identifier: MIT
#include "text.hpp"

#include <algorithm>

namespace tool {

namespace {
constexpr std::size_t columns = 79;  // some terminals wrap a line that is as wide as they are
}

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string pad(std::string_view text, std::size_t to) {
  return std::string(text) + std::string(to - std::min(to, width(text)), ' ');
}

std::string pad_left(std::string_view text, std::size_t to) {
  return std::string(to - std::min(to, width(text)), ' ') + std::string(text);
}

std::string printable(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string made;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\') {
      made += "\\\\";
    } else if (byte >= 0x20 && byte < 0x7f) {
      made += c;
    } else {
      made += {'\\', 'x', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return made;
}

std::string wrap(std::string_view text, std::size_t indent, std::size_t used) {
  std::string made;
  std::size_t column = used;
  bool begun = false;  // a word is on this line
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (begun && column + 1 + width(word) > columns) {
      made += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (begun) {
      made += ' ';
      ++column;
    }
    made += word;
    column += width(word);
    begun = true;
  }
  return made;
}

}  // namespace tool
