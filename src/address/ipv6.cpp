// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "address/parsing.hpp"
#include "address/system_names.hpp"

namespace fairlead {

namespace parsing {

namespace {

constexpr std::size_t no_gap = 9;

parsed<std::uint32_t> parse_scope(std::string_view piece) {
  if (piece.empty())
    return wrong(0, 0, "the scope after '%' is missing; write an interface, as in fe80::1%eth0");
  if (std::ranges::all_of(piece, is_digit)) {
    std::uint32_t number = 0;
    const auto [end, failed] = std::from_chars(piece.data(), piece.data() + piece.size(), number);
    if (failed != std::errc{}) return wrong(0, piece.size(), "a scope must be 0 to 4294967295");
    return number;
  }
  const std::uint32_t index = system_names::interface_index(piece);
  if (index == 0) {
    return wrong(0, piece.size(), "no network interface is called " + quoted(piece), fault::unknown_name);
  }
  return index;
}

// The groups read so far, and where the "::" stands among them.
struct groups_reader {
  std::string_view piece;
  ipv6_address::groups_type groups{};
  std::size_t count = 0;
  std::size_t gap = no_gap;

  std::expected<void, defect> read() {
    std::size_t at = 0;
    if (piece.starts_with("::")) {
      gap = 0;
      at = 2;
    } else if (piece.starts_with(':')) {
      return wrong(0, 1, "a single ':' cannot begin an IPv6 address; '::' stands for zeros");
    }
    while (at < piece.size()) {
      const std::size_t end = std::min(piece.find(':', at), piece.size());
      const std::string_view word = piece.substr(at, end - at);
      if (word.find('.') != std::string_view::npos) return read_dotted(at);
      if (auto good = read_group(word, at); !good) return good;
      if (end == piece.size()) break;
      at = end + 1;
      if (at == piece.size()) return wrong(end, 1, "a single ':' cannot end an IPv6 address");
      if (piece[at] == ':') {
        if (gap != no_gap) return wrong(end, 2, "'::' may stand only once in an IPv6 address");
        gap = count;
        ++at;
      }
    }
    return {};
  }

  std::expected<void, defect> read_group(std::string_view word, std::size_t at) {
    if (word.empty()) {
      return piece.substr(at).starts_with(':') && gap == count
                 ? wrong(at - 2, 3, "three colons in a row; '::' stands for zeros")
                 : wrong(at, 0, "a group is missing");
    }
    const auto stranger = std::ranges::find_if(word, [](char c) { return hex_value(c) < 0; });
    if (stranger != word.end()) {
      const auto offset = static_cast<std::size_t>(stranger - word.begin());
      return wrong(at + offset, 1, quoted(word.substr(offset, 1)) + " is not a hexadecimal digit");
    }
    if (word.size() > 4) return wrong(at, word.size(), "a group of an IPv6 address has at most four digits");
    if (count == 8) return wrong(at, word.size(), "more than eight groups in an IPv6 address");
    unsigned value = 0;
    for (const char c : word) value = value << 4U | static_cast<unsigned>(hex_value(c));
    groups[count++] = static_cast<std::uint16_t>(value);
    return {};
  }

  std::expected<void, defect> read_dotted(std::size_t at) {
    const auto v4 = parse_ipv4(piece.substr(at));
    if (!v4) return shifted(v4.error(), at);
    if (count > 6) return wrong(at, piece.size() - at, "more than eight groups in an IPv6 address");
    groups[count++] = static_cast<std::uint16_t>(v4->to_uint() >> 16U);
    groups[count++] = static_cast<std::uint16_t>(v4->to_uint());
    return {};
  }
};

}  // namespace

parsed<ipv6_address> parse_ipv6(std::string_view piece) {
  const std::size_t percent = piece.find('%');
  const std::string_view digits = piece.substr(0, percent);
  if (digits.empty()) return wrong(0, 0, "the IPv6 address is missing, as in 2001:db8::1");
  if (digits.front() == '[') return wrong(0, 1, "brackets belong around an IPv6 address only before a port");
  groups_reader reader{.piece = digits};
  if (auto good = reader.read(); !good) return std::unexpected(std::move(good.error()));
  if (reader.gap == no_gap && reader.count != 8) {
    return wrong(0, digits.size(),
                 "an IPv6 address has eight groups, or '::' in place of zeros; here are only " +
                     std::to_string(reader.count));
  }
  if (reader.gap != no_gap) {
    // RFC 4291: "::" stands for one or more groups of zeros, never for none.
    if (reader.count == 8) {
      return wrong(digits.find("::"), 2, "'::' stands for zeros, but there are eight groups without it");
    }
  }
  ipv6_address::groups_type groups{};
  const std::size_t head = std::min(reader.gap, reader.count);
  std::copy_n(reader.groups.begin(), head, groups.begin());
  std::copy_backward(reader.groups.begin() + static_cast<std::ptrdiff_t>(head),
                     reader.groups.begin() + static_cast<std::ptrdiff_t>(reader.count), groups.end());
  std::uint32_t scope_id = 0;
  if (percent != std::string_view::npos) {
    const auto scope = parse_scope(piece.substr(percent + 1));
    if (!scope) return shifted(scope.error(), percent + 1);
    scope_id = *scope;
  }
  return ipv6_address::from_groups(groups, scope_id);
}

}  // namespace parsing

namespace {

// The longest run of at least two zero groups, the first of equals (RFC 5952, section 4.2).
struct zero_run {
  std::size_t begin = no_run;
  std::size_t length = 1;
  static constexpr std::size_t no_run = 8;
};

zero_run longest_zeros(const ipv6_address::groups_type& groups) {
  zero_run best;
  for (std::size_t i = 0; i < 8;) {
    std::size_t end = i;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - i > best.length) best = {i, end - i};
    i = end + 1;
  }
  return best;
}

void append_groups(std::string& out, const ipv6_address::groups_type& groups) {
  const zero_run zeros = longest_zeros(groups);
  for (std::size_t i = 0; i < 8;) {
    if (i == zeros.begin) {
      out += "::";
      i += zeros.length;
      continue;
    }
    if (i > 0 && i != zeros.begin + zeros.length) out += ':';
    std::array<char, 4> digits{};
    out.append(digits.data(), std::to_chars(digits.data(), digits.data() + 4, unsigned{groups[i]}, 16).ptr);
    ++i;
  }
}

// A name that is all digits would be read back as another interface's number, and one with brackets or
// slashes would break the text around it; such interfaces are written by number.
bool reads_back(std::string_view name) {
  return std::ranges::all_of(name,
                             [](char c) {
                               return parsing::is_digit(c) || parsing::is_letter(c) || c == '-' || c == '_' ||
                                      c == '.';
                             }) &&
         !std::ranges::all_of(name, parsing::is_digit);
}

}  // namespace

result<ipv6_address> ipv6_address::parse(std::string_view text) {
  return parsing::to_result(text, parsing::parse_ipv6(text));
}

std::string ipv6_address::to_string() const {
  std::string out;
  if (const auto v4 = to_v4()) {
    out = "::ffff:" + v4->to_string();
  } else {
    append_groups(out, groups());
  }
  if (scope_id_ != 0) {
    std::array<char, 64> storage{};
    const std::string_view name = system_names::interface_name(scope_id_, storage);
    out += '%';
    if (!name.empty() && reads_back(name)) {
      out += name;
    } else {
      out += std::to_string(scope_id_);
    }
  }
  return out;
}

}  // namespace fairlead
