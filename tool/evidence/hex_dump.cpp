// SPDX-License-Identifier: MIT
#include "evidence/hex_dump.hpp"

#include <algorithm>
#include <cstdio>

#include "evidence/ending.hpp"
#include "figures.hpp"
#include "standard_io.hpp"
#include "text.hpp"

namespace tool {

namespace {

constexpr std::size_t columns = 16;
constexpr std::size_t most_at_once = std::size_t{1}
                                     << 14U;  // bytes whose lines are made and written together

char mark_of(direction d) noexcept { return d == direction::there ? '>' : '<'; }

}  // namespace

std::string hex_lines(fairlead::const_buffer content, std::uint64_t offset, char mark) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string made;
  made.reserve((content.size / columns + 1) * 80);
  for (std::size_t begin = 0; begin < content.size; begin += columns) {
    const std::size_t n = std::min(columns, content.size - begin);
    char place[32];
    std::snprintf(place, sizeof place, "%c %08llx ", mark, static_cast<unsigned long long>(offset + begin));
    made += place;
    std::string shown;
    for (std::size_t i = 0; i < columns; ++i) {
      if (i % 8 == 0) made += ' ';
      if (i >= n) {
        made += "   ";
        continue;
      }
      const auto byte = std::to_integer<unsigned char>(content.data[begin + i]);
      made += {digits[byte >> 4U], digits[byte & 15U], ' '};
      shown += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
    }
    made += ' ' + shown + '\n';
  }
  return made;
}

// "> 12 bytes to tcp://127.0.0.1:80, 1.23 ms"
std::string hex_dump::head(direction d, const std::string& what) const {
  std::string text(1, mark_of(d));
  if (number_ != 0) text += " #" + std::to_string(number_);
  text += ' ' + what;
  const std::string& from = names_[index_of(d)];
  const std::string& to = names_[1 - index_of(d)];
  if (from != "-") text += " from " + printable(from);
  if (to != "-") text += " to " + printable(to);
  text += ", " + time_text(fairlead::clock::now() - start_);
  return out_.paint(stream::err, style::bold, text) + '\n';
}

void hex_dump::passed(direction d, fairlead::const_buffer content) {
  std::string text = head(d, std::to_string(content.size) + (content.size == 1 ? " byte" : " bytes"));
  std::uint64_t& offset = offsets_[index_of(d)];
  const style colour = d == direction::there ? style::plain : style::good;
  do {
    const fairlead::const_buffer piece = content.first(most_at_once);
    text += out_.paint(stream::err, colour, hex_lines(piece, offset, mark_of(d)));
    tell(text);
    text.clear();
    offset += piece.size;
    content = content.after(piece.size);
  } while (content.size > 0);
}

void hex_dump::ended(direction d, const fairlead::result<void>& how, bool dismissed) {
  tell(head(d, std::string(word_of(ending_of(how, dismissed), names_[index_of(d)]))));
}

}  // namespace tool
