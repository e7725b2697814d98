// SPDX-License-Identifier: MIT
// Percent-encoding (RFC 3986, section 2.1).
#include <algorithm>

#include "address/parsing.hpp"

namespace fairlead::parsing {

parsed<std::string> percent_decode(std::string_view piece) {
  std::string out;
  out.reserve(piece.size());
  for (std::size_t at = 0; at < piece.size(); ++at) {
    if (piece[at] != '%') {
      out += piece[at];
      continue;
    }
    const int high = at + 1 < piece.size() ? hex_value(piece[at + 1]) : -1;
    const int low = at + 2 < piece.size() ? hex_value(piece[at + 2]) : -1;
    if (high < 0 || low < 0) {
      return wrong(at, std::min<std::size_t>(3, piece.size() - at),
                   "after '%' come two hexadecimal digits; a percent sign itself is written %25");
    }
    out += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return out;
}

void percent_encode(std::string& out, std::string_view bytes, std::string_view also) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char c : bytes) {
    const unsigned byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || c == '%' || also.find(c) != std::string_view::npos) {
      out += '%';
      out += digits[byte >> 4U];
      out += digits[byte & 15U];
    } else {
      out += c;
    }
  }
}

}  // namespace fairlead::parsing
