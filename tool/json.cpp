// SPDX-License-Identifier: MIT
#include "json.hpp"

#include <cstdio>

namespace tool {

namespace {

// How many bytes of well-formed UTF-8 (RFC 3629) `text` begins with as one character; 0 if it does not.
std::size_t character(std::string_view text) {
  const auto byte = [&](std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
  };
  const auto tail = [&](std::size_t at) { return (byte(at) & 0xc0U) == 0x80U; };
  const unsigned first = byte(0);
  const unsigned second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) return 0;
    return tail(1) && tail(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return 0;
    return tail(1) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string made = "\"";
  while (!text.empty()) {
    const char c = text.front();
    const std::size_t n = character(text);
    // U+007F to U+009F, for which JSON asks no escape, are commands to some terminals.
    const bool is_c1 = n == 2 && c == '\xc2' && static_cast<unsigned char>(text[1]) < 0xa0;
    if (n == 0) {
      made += "\\ufffd";
    } else if (is_c1 || c == '\x7f') {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x",
                    static_cast<unsigned>(static_cast<unsigned char>(text[n - 1])));
      made += escaped;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
      made += escaped;
    } else {
      if (c == '"' || c == '\\') made += '\\';
      made += text.substr(0, n);
    }
    text.remove_prefix(n == 0 ? 1 : n);
  }
  return made + '"';
}

}  // namespace tool
