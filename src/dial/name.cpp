// SPDX-License-Identifier: MIT
#include "dial/name.hpp"

#include <algorithm>

#include "address/parsing.hpp"

namespace fairlead::lookup {

namespace {

constexpr std::size_t longest_name = 253;
constexpr std::size_t longest_label = 63;

// No top-level domain is a number (RFC 3696, section 2): "127.1" and "0x7f.1" are meant as addresses, which
// some resolvers would make of them.
bool ends_in_number(std::string_view name) {
  const std::string_view label = name.substr(name.rfind('.') + 1);
  if (label.empty()) return false;
  if (std::ranges::all_of(label, parsing::is_digit)) return true;
  return (label.starts_with("0x") || label.starts_with("0X")) &&
         std::ranges::all_of(label.substr(2), [](char c) { return parsing::hex_value(c) >= 0; });
}

bool may_be_in(char c, name_use use) {
  if (parsing::is_letter(c) || parsing::is_digit(c) || c == '-' || c == '_' || c == '.') return true;
  // A backslash would begin an escape.
  return use == name_use::record && c > ' ' && c < 0x7f && c != '\\' && c != '"';
}

std::string_view last_label(std::string_view name) { return name.substr(name.rfind('.') + 1); }

}  // namespace

std::optional<std::string> defect_of(std::string_view name, name_use use) {
  for (const char c : name) {
    if (static_cast<unsigned char>(c) >= 0x80)
      return "a name outside ASCII must be given as DNS has it, with xn-- (RFC 5890)";
    if (!may_be_in(c, use)) return parsing::quoted({&c, 1}) + " cannot be in a name";
  }
  std::string_view rest = name;
  if (rest.ends_with('.')) rest.remove_suffix(1);
  if (rest.empty()) return "a name has at least one letter";
  if (rest.size() > longest_name)
    return "a name has at most 253 characters, and this one has " + std::to_string(rest.size());
  if (use == name_use::host && ends_in_number(rest))
    return "it ends in a number as only IPv4 addresses do, and those have four, from 0 to 255";
  for (;;) {
    const std::size_t end = std::min(rest.find('.'), rest.size());
    const std::string_view label = rest.substr(0, end);
    if (label.empty()) return "a part of the name is empty";
    if (label.size() > longest_label) {
      return "a part of a name has at most 63 characters, and " + parsing::quoted(label) + " has " +
             std::to_string(label.size());
    }
    if (end == rest.size()) return std::nullopt;
    rest.remove_prefix(end + 1);
  }
}

std::string normal(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), parsing::to_lower);
  return lower;
}

std::string printable(std::string_view name) {
  const bool plain = name.size() <= longest_name + 1 &&
                     std::ranges::all_of(name, [](char c) { return c >= ' ' && c < 0x7f; });
  return plain ? std::string(name) : parsing::quoted(name);
}

bool is_localhost(std::string_view name) noexcept {
  constexpr std::string_view here = "localhost";
  if (!name.ends_with(here)) return false;
  name.remove_suffix(here.size());
  return name.empty() || (name.size() > 1 && name.ends_with('.'));
}

std::string_view reserved(std::string_view name) noexcept {
  const std::string_view top = last_label(name);
  if (top == "invalid") return "no such name: nothing is called .invalid (RFC 6761)";
  if (top == "onion") return "no such name: .onion is Tor's, and DNS is not asked about it (RFC 7686)";
  return {};
}

std::vector<std::string> candidates(std::string_view name, const std::vector<std::string>& search,
                                    unsigned ndots) {
  const std::string base = normal(name);
  if (name.ends_with('.')) return {base};
  std::vector<std::string> all;
  const bool first = std::ranges::count(base, '.') >= static_cast<std::ptrdiff_t>(ndots);
  if (first) all.push_back(base);
  for (const std::string& domain : search) {
    // What no server may be asked about stays so when a search list leads there.
    if (is_localhost(domain) || !reserved(domain).empty()) continue;
    if (base.size() + 1 + domain.size() <= longest_name) all.push_back(base + '.' + domain);
  }
  if (!first) all.push_back(base);
  return all;
}

std::string reverse_name(const ip_address& of) {
  std::string name;
  if (const auto v4 = of.to_v4()) {
    for (std::size_t i = 4; i-- > 0;) name += std::to_string(v4->bytes()[i]) + '.';
    return name + "in-addr.arpa";
  }
  constexpr std::string_view digits = "0123456789abcdef";
  const auto& bytes = of.v6().bytes();
  for (std::size_t i = 16; i-- > 0;) {
    for (const unsigned half : {bytes[i] & 15U, unsigned{bytes[i]} >> 4U}) {
      name += digits[half];
      name += '.';
    }
  }
  return name + "ip6.arpa";
}

}  // namespace fairlead::lookup
