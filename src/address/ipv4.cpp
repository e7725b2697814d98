// SPDX-License-Identifier: MIT
#include <array>
#include <charconv>

#include "address/parsing.hpp"

namespace fairlead {

namespace {

constexpr std::string_view expected_form =
    "an IPv4 address is four numbers from 0 to 255 with dots, as in 192.0.2.1";

std::string with_form(std::string_view said) {
  std::string reason(said);
  reason += "; ";
  reason += expected_form;
  return reason;
}

}  // namespace

namespace parsing {

parsed<ipv4_address> parse_ipv4(std::string_view piece) {
  if (piece.empty()) return wrong(0, 0, with_form("the address is empty"));
  ipv4_address::bytes_type bytes{};
  std::size_t at = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0) {
      if (at == piece.size()) {
        return wrong(at, 0,
                     with_form(i == 1   ? "only one number"
                               : i == 2 ? "only two numbers"
                                        : "only three numbers"));
      }
      if (piece[at] != '.')
        return wrong(at, 1, with_form(quoted(piece.substr(at, 1)) + " does not belong here"));
      ++at;
    }
    const std::size_t begin = at;
    unsigned value = 0;
    for (; at < piece.size() && is_digit(piece[at]); ++at) {
      if (value <= 255) value = value * 10 + static_cast<unsigned>(piece[at] - '0');
    }
    const std::string_view digits = piece.substr(begin, at - begin);
    if (digits.empty()) {
      if (at == piece.size()) return wrong(at, 0, with_form("a number is missing at the end"));
      if (piece[at] == '.') return wrong(at, 1, with_form("a number is missing before a dot"));
      return wrong(at, 1, with_form(quoted(piece.substr(at, 1)) + " does not belong here"));
    }
    if (digits.size() > 1 && digits[0] == '0') {
      // Some programs read 010 as eight: an address with two meanings is worse than none.
      return wrong(
          begin, digits.size(),
          quoted(digits) + " begins with a zero, which some programs read as octal; leave the zero out");
    }
    if (value > 255) return wrong(begin, digits.size(), quoted(digits) + " is more than 255");
    bytes[i] = static_cast<std::uint8_t>(value);
  }
  if (at != piece.size()) {
    if (piece[at] == '.') return wrong(at, piece.size() - at, with_form("more than four numbers"));
    return wrong(at, 1, with_form(quoted(piece.substr(at, 1)) + " does not belong here"));
  }
  return ipv4_address(bytes);
}

}  // namespace parsing

result<ipv4_address> ipv4_address::parse(std::string_view text) {
  return parsing::to_result(text, parsing::parse_ipv4(text));
}

std::string ipv4_address::to_string() const {
  std::array<char, 16> buffer{};
  char* at = buffer.data();
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0) *at++ = '.';
    at = std::to_chars(at, buffer.data() + buffer.size(), static_cast<unsigned>(bytes_[i])).ptr;
  }
  return std::string(buffer.data(), at);
}

}  // namespace fairlead
