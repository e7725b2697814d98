// SPDX-License-Identifier: MIT
#include <fairlead/ip_network.hpp>

#include <algorithm>

#include "address/parsing.hpp"

namespace fairlead {

namespace parsing {

namespace {

// "8", without leading zeros; more than `most` for anything else.
unsigned read_length(std::string_view digits, unsigned most) {
  if (digits.empty() || digits.size() > 3 || !std::ranges::all_of(digits, is_digit)) return most + 1;
  if (digits.size() > 1 && digits.front() == '0') return most + 1;
  unsigned value = 0;
  for (const char c : digits) value = value * 10 + static_cast<unsigned>(c - '0');
  return value;
}

parsed<ip_network> parse_network(std::string_view piece) {
  const std::size_t slash = piece.rfind('/');
  const std::string_view before = piece.substr(0, slash);
  if (piece.empty()) return wrong(0, 0, "the network is empty; write 192.0.2.0/24 or 2001:db8::/32");
  auto address = parse_ip(before);
  if (!address) return std::unexpected(std::move(address.error()));
  if (slash == std::string_view::npos) return ip_network(*address);

  const unsigned most = address->is_v6() ? 128 : 32;
  const std::string_view digits = piece.substr(slash + 1);
  const unsigned length = read_length(digits, most);
  if (length > most) {
    return wrong(slash + 1, digits.size(), "the prefix length must be 0 to " + std::to_string(most));
  }
  const ip_network made = ip_network::around(*address, length);
  if (made.address() != address->unmapped()) {
    return wrong(0, before.size(),
                 before.size() > 64 ? std::string("the address has bits beyond the prefix")
                                    : "the address has bits beyond the prefix; write " + made.to_string() +
                                          " for the network or " + std::string(before) + " for this address");
  }
  return made;
}

}  // namespace

}  // namespace parsing

result<ip_network> ip_network::parse(std::string_view text) {
  return parsing::to_result(text, parsing::parse_network(text));
}

std::string ip_network::to_string() const {
  std::string out = address_.to_string();
  if (!is_single()) out.append("/").append(std::to_string(prefix_length_));
  return out;
}

}  // namespace fairlead
