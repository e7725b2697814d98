// SPDX-License-Identifier: MIT
// What the parsers of this folder share. They work on pieces of a larger text, so they report a defect
// relative to their piece; whoever holds the whole text shifts it and makes the error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include <fairlead/address.hpp>
#include <fairlead/error.hpp>

namespace fairlead {

/// Makes a unix_address of bytes that a parser has found good.
struct detail::unix_address_maker {
  static unix_address path(std::string_view bytes) noexcept { return {unix_address::kind::path, bytes}; }
  static unix_address abstract(std::string_view bytes) noexcept {
    return {unix_address::kind::abstract, bytes};
  }
};

namespace parsing {

/// Why a piece of text is not what it should be, and where.
struct defect {
  std::size_t offset = 0;
  std::size_t length = 0;
  std::string reason;
  fault kind = fault::bad_syntax;
};

template <class T>
using parsed = std::expected<T, defect>;

[[nodiscard]] inline std::unexpected<defect> wrong(std::size_t offset, std::size_t length, std::string reason,
                                                   fault kind = fault::bad_syntax) {
  return std::unexpected<defect>(std::in_place, defect{offset, length, std::move(reason), kind});
}

/// The same defect, seen from a text in which the piece begins at `offset`.
[[nodiscard]] inline std::unexpected<defect> shifted(defect d, std::size_t offset) {
  d.offset += offset;
  return std::unexpected<defect>(std::in_place, std::move(d));
}

/// The error for the user: `whole` is what was typed, cut to a readable length and made printable.
[[nodiscard]] error to_error(std::string_view whole, defect d);

template <class T>
[[nodiscard]] result<T> to_result(std::string_view whole, parsed<T> outcome) {
  if (outcome) return std::move(*outcome);
  return std::unexpected<error>(to_error(whole, std::move(outcome.error())));
}

[[nodiscard]] parsed<ipv4_address> parse_ipv4(std::string_view piece);
[[nodiscard]] parsed<ipv6_address> parse_ipv6(std::string_view piece);
[[nodiscard]] parsed<ip_address> parse_ip(std::string_view piece);
[[nodiscard]] parsed<port> parse_port(std::string_view piece, transport protocol);
[[nodiscard]] parsed<ip_endpoint> parse_ip_endpoint(std::string_view piece, transport protocol);
[[nodiscard]] parsed<unix_address> parse_unix(std::string_view piece);
[[nodiscard]] parsed<unix_address> parse_unix_path(std::string_view bytes);
[[nodiscard]] parsed<unix_address> parse_unix_abstract(std::string_view bytes);

/// "%41" to "A" and everything else as it is.
[[nodiscard]] parsed<std::string> percent_decode(std::string_view piece);
/// Appends `bytes` with control bytes, '%', and those in `also` as %XX.
void percent_encode(std::string& out, std::string_view bytes, std::string_view also = {});

/// The unix name as a URL or an address text has it; `also` as for percent_encode.
void append_unix(std::string& out, const unix_address& name, std::string_view also = {});

/// In quotes, printable whatever it holds, and of bounded length: for use inside a sentence.
[[nodiscard]] std::string quoted(std::string_view piece);
/// The length of the well-formed, printable UTF-8 character that a non-empty `piece` begins with, or 0.
[[nodiscard]] std::size_t character_length(std::string_view piece);

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
[[nodiscard]] constexpr char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
/// In ASCII; names of schemes, hosts and fields are compared so.
[[nodiscard]] constexpr bool equal_but_for_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (to_lower(a[i]) != to_lower(b[i])) return false;
  }
  return true;
}
/// The value of a hexadecimal digit, or -1.
[[nodiscard]] constexpr int hex_value(char c) noexcept {
  if (is_digit(c)) return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Takes the next line off `text`, without its end.
[[nodiscard]] inline std::string_view take_line(std::string_view& text) noexcept {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

}  // namespace parsing
}  // namespace fairlead
