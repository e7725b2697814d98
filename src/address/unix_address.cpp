// SPDX-License-Identifier: MIT
#include <algorithm>

#include "address/parsing.hpp"

namespace fairlead {

namespace {

constexpr std::string_view unnamed_text = "(unnamed)";

}  // namespace

namespace parsing {

parsed<unix_address> parse_unix_path(std::string_view bytes) {
  if (bytes.empty()) return wrong(0, 0, "the path is empty; write /path, or @name for an abstract name");
  if (const std::size_t nul = bytes.find('\0'); nul != std::string_view::npos) {
    return wrong(nul, 1, "a path cannot hold a NUL byte");
  }
  if (bytes.size() > unix_address::max_size) {
    return wrong(
        unix_address::max_size, bytes.size() - unix_address::max_size,
        "the path has " + std::to_string(bytes.size()) + " bytes, and the path of a socket at most 107");
  }
  return detail::unix_address_maker::path(bytes);
}

parsed<unix_address> parse_unix_abstract(std::string_view bytes) {
  if (bytes.size() > unix_address::max_size) {
    return wrong(
        unix_address::max_size, bytes.size() - unix_address::max_size,
        "the abstract name has " + std::to_string(bytes.size()) + " bytes, and at most 107 are possible");
  }
  return detail::unix_address_maker::abstract(bytes);
}

parsed<unix_address> parse_unix(std::string_view piece) {
  if (piece == unnamed_text) return unix_address();
  auto bytes = percent_decode(piece);
  if (!bytes) return std::unexpected(std::move(bytes.error()));
  const bool abstract = piece.starts_with('@');
  auto made = abstract ? parse_unix_abstract(std::string_view(*bytes).substr(1)) : parse_unix_path(*bytes);
  // Offsets count decoded bytes; with escapes in the text, only the whole piece can be pointed at.
  if (!made && bytes->size() != piece.size()) return wrong(0, piece.size(), std::move(made.error().reason));
  if (!made) return shifted(std::move(made.error()), abstract ? 1 : 0);
  return made;
}

void append_unix(std::string& out, const unix_address& name, std::string_view also) {
  std::string_view bytes = name.name();
  if (name.is_unnamed()) {
    out += unnamed_text;
    return;
  }
  if (name.is_abstract()) {
    out += '@';
  } else if (bytes.starts_with('@') || bytes == unnamed_text) {
    percent_encode(out, bytes.substr(0, 1), "@(");
    bytes.remove_prefix(1);
  }
  percent_encode(out, bytes, also);
}

}  // namespace parsing

unix_address::unix_address(kind k, std::string_view bytes) noexcept
    : kind_(k), size_(static_cast<std::uint8_t>(bytes.size())) {
  std::ranges::copy(bytes, bytes_.begin());
}

result<unix_address> unix_address::path(std::string_view bytes) {
  return parsing::to_result(bytes, parsing::parse_unix_path(bytes));
}

result<unix_address> unix_address::abstract(std::string_view bytes) {
  return parsing::to_result(bytes, parsing::parse_unix_abstract(bytes));
}

result<unix_address> unix_address::parse(std::string_view text) {
  return parsing::to_result(text, parsing::parse_unix(text));
}

std::string unix_address::to_string() const {
  std::string out;
  parsing::append_unix(out, *this);
  return out;
}

}  // namespace fairlead
