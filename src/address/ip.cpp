// SPDX-License-Identifier: MIT
// Either kind of IP address, and an address with a port.
#include <algorithm>

#include "address/parsing.hpp"

namespace fairlead {

namespace parsing {

parsed<ip_address> parse_ip(std::string_view piece) {
  if (piece.empty()) return wrong(0, 0, "the address is empty; write 192.0.2.1 or 2001:db8::1");
  // A colon can only be IPv6: whatever else is wrong, the reader should hear about that form.
  if (piece.find(':') == std::string_view::npos) {
    auto v4 = parse_ipv4(piece);
    if (!v4) return std::unexpected(std::move(v4.error()));
    return *v4;
  }
  auto v6 = parse_ipv6(piece);
  if (!v6) return std::unexpected(std::move(v6.error()));
  return *v6;
}

parsed<ip_endpoint> parse_ip_endpoint(std::string_view piece, transport protocol) {
  if (piece.empty()) return wrong(0, 0, "the endpoint is empty; write 127.0.0.1:80 or [::1]:80");
  ip_address address;
  std::size_t colon = 0;
  if (piece.front() == '[') {
    const std::size_t close = piece.find(']');
    if (close == std::string_view::npos) return wrong(0, 1, "'[' is never closed; write [::1]:80");
    auto v6 = parse_ipv6(piece.substr(1, close - 1));
    if (!v6) return shifted(std::move(v6.error()), 1);
    address = *v6;
    colon = close + 1;
    if (colon < piece.size() && piece[colon] != ':') {
      return wrong(colon, piece.size() - colon, "after ']' comes ':' and a port, as in [::1]:80");
    }
  } else {
    colon = std::min(piece.find(':'), piece.size());
    if (piece.find(':', colon + 1) != std::string_view::npos) {
      return wrong(0, piece.size(), "an IPv6 address needs brackets before its port, as in [::1]:80");
    }
    auto v4 = parse_ipv4(piece.substr(0, colon));
    if (!v4) return std::unexpected(std::move(v4.error()));
    address = *v4;
  }
  if (colon >= piece.size()) return wrong(piece.size(), 0, "the port is missing; add ':' and 0 to 65535");
  auto number = parse_port(piece.substr(colon + 1), protocol);
  if (!number) return shifted(std::move(number.error()), colon + 1);
  return ip_endpoint(address, *number);
}

}  // namespace parsing

result<ip_address> ip_address::parse(std::string_view text) {
  return parsing::to_result(text, parsing::parse_ip(text));
}

std::string ip_address::to_string() const { return is_v6_ ? storage_.to_string() : low4().to_string(); }

result<ip_endpoint> ip_endpoint::parse(std::string_view text, transport protocol) {
  return parsing::to_result(text, parsing::parse_ip_endpoint(text, protocol));
}

std::string ip_endpoint::to_string() const {
  std::string out = address_.is_v6() ? '[' + address_.to_string() + ']' : address_.to_string();
  return out += ':' + port_.to_string();
}

}  // namespace fairlead
