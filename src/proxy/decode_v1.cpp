// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include "address/parsing.hpp"
#include "proxy/header.hpp"

namespace fairlead::detail {

namespace {

// Canonical: no sign, no heading zeros, 0 to 65535.
std::optional<port> parse_figures(std::string_view text) {
  if (text.empty() || text.size() > 5 || !std::ranges::all_of(text, parsing::is_digit)) return std::nullopt;
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  unsigned number = 0;
  for (const char c : text) number = number * 10 + static_cast<unsigned>(c - '0');
  if (number > 65535) return std::nullopt;
  return port(static_cast<std::uint16_t>(number));
}

std::optional<ip_address> parse_address(std::string_view text, bool v6) {
  // The scope of an address would be looked up, and has no place here.
  if (text.contains('%')) return std::nullopt;
  if (v6) {
    const auto parsed = parsing::parse_ipv6(text);
    return parsed ? std::optional<ip_address>(*parsed) : std::nullopt;
  }
  const auto parsed = parsing::parse_ipv4(text);
  return parsed ? std::optional<ip_address>(*parsed) : std::nullopt;
}

}  // namespace

std::string decode_v1(std::string_view line, proxy_header& into) {
  into = proxy_header();
  into.version = proxy_version::v1;
  line.remove_prefix(signature_v1.size());
  const std::string_view protocol = line.substr(0, line.find(' '));
  // What follows UNKNOWN is to be ignored.
  if (protocol == "UNKNOWN") {
    into.local = true;
    return {};
  }
  const bool v6 = protocol == "TCP6";
  if (!v6 && protocol != "TCP4")
    return "names the protocol " + parsing::quoted(protocol) + "; there are TCP4, TCP6 and UNKNOWN";
  std::array<std::string_view, 4> words;
  std::string_view rest = line.substr(protocol.size());
  for (std::string_view& word : words) {
    if (!rest.starts_with(' ')) return "has too few words";
    rest.remove_prefix(1);
    word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(word.size());
  }
  if (!rest.empty()) return "has too many words";
  for (std::size_t i = 0; i < 2; ++i) {
    const std::optional<ip_address> address = parse_address(words[i], v6);
    if (!address) {
      return std::string("has a ") + (i == 0 ? "source " : "destination ") + parsing::quoted(words[i]) +
             (v6 ? ", which is no IPv6 address" : ", which is no IPv4 address");
    }
    const std::optional<port> number = parse_figures(words[i + 2]);
    if (!number) {
      return std::string("has a ") + (i == 0 ? "source" : "destination") + " port " +
             parsing::quoted(words[i + 2]) + ", which is none";
    }
    (i == 0 ? into.source : into.destination) = endpoint(*address, *number);
  }
  return {};
}

}  // namespace fairlead::detail
