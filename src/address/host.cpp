// SPDX-License-Identifier: MIT
// The host and port of a URL.
#include "address/host.hpp"

#include <algorithm>

#include "address/scheme.hpp"

namespace fairlead::parsing {

namespace {

constexpr std::size_t longest_name = 253;  // RFC 1035, section 2.3.4, as text without the final dot
constexpr std::size_t longest_label = 63;

// No top-level domain is a number (RFC 3696, section 2), so a name that ends in one is meant as an IPv4
// address. Left to resolvers, "127.1" and "0x7f.1" would be read as addresses by some of them.
bool ends_in_number(std::string_view name) {
  const std::string_view label = name.substr(name.rfind('.') + 1);
  if (label.empty()) return false;
  if (std::ranges::all_of(label, is_digit)) return true;
  return label.starts_with("0x") &&
         std::ranges::all_of(label.substr(2), [](char c) { return hex_value(c) >= 0; });
}

std::expected<void, defect> check_labels(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.size() > longest_name) return wrong(0, name.size(), "a host name has at most 253 characters");
  for (std::size_t begin = 0;;) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    if (end == begin) return wrong(begin, 1, "a part of the host name is empty");
    if (end - begin > longest_label) {
      return wrong(begin, end - begin, "a part of a host name has at most 63 characters");
    }
    if (end == name.size()) return {};
    begin = end + 1;
  }
}

std::expected<void, defect> check_characters(std::string_view name) {
  for (std::size_t at = 0; at < name.size();) {
    const char c = name[at];
    const std::size_t length = character_length(name.substr(at));
    // Names outside ASCII are for the resolver to encode (IDNA); '_' is in many names of services.
    if (length < 2 && !is_letter(c) && !is_digit(c) && c != '-' && c != '_' && c != '.') {
      return wrong(at, 1, quoted(name.substr(at, 1)) + " cannot be in a host name");
    }
    at += length;
  }
  return {};
}

parsed<host_name> parse_name(std::string_view piece) {
  auto name = percent_decode(piece);
  if (!name) return std::unexpected(std::move(name.error()));
  std::ranges::transform(*name, name->begin(), to_lower);
  const bool escaped = name->size() != piece.size();
  const auto place = [&](defect d) {
    return escaped ? wrong(0, piece.size(), std::move(d.reason)) : shifted(std::move(d), 0);
  };
  if (auto good = check_characters(*name); !good) return place(std::move(good.error()));
  if (ends_in_number(*name)) {
    auto v4 = parse_ipv4(*name);
    if (!v4) return place(std::move(v4.error()));
    return host_name{v4->to_string(), ip_address(*v4)};
  }
  if (auto good = check_labels(*name); !good) return place(std::move(good.error()));
  return host_name{std::move(*name), std::nullopt};
}

// RFC 6874 had the '%' of a scope escaped in URLs; RFC 9844 has it plain, and so have we. The old form
// is read where it cannot be mistaken: where it names an interface, and the plain reading none.
parsed<host_name> parse_bracketed(std::string_view piece) {
  auto v6 = parse_ipv6(piece);
  const std::size_t percent = piece.find("%25");
  if (!v6 && v6.error().kind == fault::unknown_name && percent != std::string_view::npos) {
    std::string plain(piece);
    plain.erase(percent + 1, 2);
    auto old = parse_ipv6(plain);
    if (!old) return shifted(std::move(old.error()), 2);
    v6 = *old;
  }
  if (!v6) return std::unexpected(std::move(v6.error()));
  return host_name{v6->to_string(), ip_address(*v6)};
}

}  // namespace

parsed<host_and_port> parse_host_and_port(std::string_view piece, const scheme_row& row) {
  const std::string example = std::string(row.name) + "://localhost:7007";
  if (const std::size_t user = piece.rfind('@'); user != std::string_view::npos) {
    return wrong(0, user + 1,
                 "user names have no place in an address; leave out " + quoted(piece.substr(0, user + 1)));
  }
  std::string_view host = piece;
  std::size_t colon = 0;
  parsed<host_name> named;
  if (piece.starts_with('[')) {
    const std::size_t close = piece.find(']');
    if (close == std::string_view::npos) return wrong(0, 1, "'[' is never closed; write [::1]:7007");
    host = piece.substr(0, close + 1);
    colon = close + 1;
    if (colon < piece.size() && piece[colon] != ':') {
      return wrong(colon, piece.size() - colon, "after ']' comes ':' and a port, as in [::1]:7007");
    }
    if (parse_ipv4(piece.substr(1, close - 1)))
      return wrong(0, close + 1, "brackets are for IPv6 addresses; leave them out");
    named = parse_bracketed(piece.substr(1, close - 1));
    if (!named) return shifted(std::move(named.error()), 1);
  } else {
    colon = piece.find(':');
    if (colon != std::string_view::npos && piece.find(':', colon + 1) != std::string_view::npos) {
      return wrong(0, piece.size(), "an IPv6 address needs brackets, as in [::1]:7007");
    }
    host = piece.substr(0, colon);
    if (host == "*")
      return wrong(0, 1,
                   "leave the host empty for every address, as in " + std::string(row.name) + "://:7007");
    if (!host.empty()) named = parse_name(host);
    if (!named) return std::unexpected(std::move(named.error()));
    colon = std::min(colon, piece.size());
  }
  if (named->numeric && row.only != family::unspecified && named->numeric->family() != row.only) {
    return wrong(0, host.size(),
                 std::string(row.name) +
                     (row.only == family::ipv4 ? " needs an IPv4 address" : " needs an IPv6 address") +
                     "; write " + std::string(to_string(*row.carrier)) + ":// for either");
  }
  if (colon + 1 >= piece.size()) return wrong(piece.size(), 0, "the port is missing, as in " + example);
  auto number = parse_port(piece.substr(colon + 1), *row.carrier);
  if (!number) return shifted(std::move(number.error()), colon + 1);
  return host_and_port{std::move(*named), *number};
}

}  // namespace fairlead::parsing
