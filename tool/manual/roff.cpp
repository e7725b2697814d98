// SPDX-License-Identifier: MIT
#include "manual/roff.hpp"

#include <algorithm>
#include <cstdint>

namespace tool::roff {

namespace {

// One code point, taken from the front. All texts are ours: whole and well-formed.
std::uint32_t take(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  std::uint32_t point = size == 1 ? lead : lead & (0x7fU >> size);
  for (std::size_t i = 1; i < size && i < text.size(); ++i)
    point = point << 6U | (static_cast<unsigned char>(text[i]) & 0x3fU);
  text.remove_prefix(std::min(size, text.size()));
  return point;
}

std::string in_hex(std::uint32_t point) {
  std::string made;
  for (int shift = point > 0xfffff ? 20 : point > 0xffff ? 16 : 12; shift >= 0; shift -= 4)
    made += "0123456789ABCDEF"[point >> shift & 15U];
  return made;
}

// In prose a hyphen is a hyphen and an apostrophe an apostrophe; what is typed keeps its ASCII.
std::string escaped(std::string_view text, bool prose) {
  std::string made;
  while (!text.empty()) {
    const std::uint32_t point = take(text);
    if (point == U'\\') {
      made += "\\e";
    } else if (point == U'…') {
      made += "...";
    } else if (point == U'µ') {
      made += 'u';  // a terminal without it would show nothing, and 200 µs as 200 s
    } else if (point >= 0x80) {
      made += "\\[u" + in_hex(point) + ']';
    } else if (prose) {
      made += static_cast<char>(point);
    } else {
      switch (point) {
        case U'-': made += "\\-"; break;
        case U'\'': made += "\\(aq"; break;
        case U'`': made += "\\(ga"; break;
        case U'^': made += "\\(ha"; break;
        case U'~': made += "\\(ti"; break;
        case U'"': made += "\\(dq"; break;
        default: made += static_cast<char>(point);
      }
    }
  }
  return made;
}

// What stands around a word is not part of it.
constexpr std::string_view opening = "(\"`'[";
constexpr std::string_view closing = ".,;:)\"`']";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

std::string word(std::string_view text, bool emphasis) {
  const std::size_t begin = std::min(text.find_first_not_of(opening), text.size());
  const std::string_view before = text.substr(0, begin);
  std::string_view core = text.substr(begin);
  const std::size_t last = core.find_last_not_of(closing);
  const std::string_view after = core.substr(last == std::string_view::npos ? 0 : last + 1);
  core.remove_suffix(after.size());
  const bool flag = core.size() > 1 && core[0] == '-' && (core[1] == '-' || is_letter(core[1]));
  // An address, a path, another page: it is typed, too.
  const bool code = flag || core.find_first_of(":/=_@\\(") != std::string_view::npos || core.contains(".-") ||
                    (after.starts_with(':') && core.contains('-'));
  return escaped(before, true) + (flag && emphasis ? "\\fB" : "") + escaped(core, !code) +
         (flag && emphasis ? "\\fR" : "") + escaped(after, true);
}

std::string lines(std::string_view text, bool emphasis) {
  constexpr std::size_t columns = 76;  // of the source, where mandoc complains at 80
  std::string made;
  std::string line;
  const auto flush = [&] {
    if (line.empty()) return;
    // A line that begins so is a request, and would vanish.
    if (line.starts_with('.') || line.starts_with('\'')) made += "\\&";
    made += line + '\n';
    line.clear();
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) {
      const std::string next = word(text.substr(0, end), emphasis);
      if (!line.empty() && line.size() + 1 + next.size() > columns) flush();
      line += (line.empty() ? "" : " ") + next;
      // A sentence ends with its line, so that the typesetter knows.
      if (next.ends_with('.') && !next.ends_with("..")) flush();
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  flush();
  return made;
}

}  // namespace

std::string typed(std::string_view text) {
  const std::string made = escaped(text, false);
  return made.starts_with('.') ? "\\&" + made : made;
}

std::string quoted(std::string_view text) { return '"' + escaped(text, false) + '"'; }

std::string filled(std::string_view text) { return lines(text, true); }
std::string plain(std::string_view text) { return lines(text, false); }

}  // namespace tool::roff
