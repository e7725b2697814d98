// SPDX-License-Identifier: MIT
#include <algorithm>

#include "address/parsing.hpp"
#include "address/system_names.hpp"

namespace fairlead {

std::string_view to_string(family f) noexcept {
  switch (f) {
    case family::unspecified: return "unspecified";
    case family::ipv4: return "ipv4";
    case family::ipv6: return "ipv6";
    case family::unix_domain: return "unix";
  }
  return "unspecified";
}

std::string_view to_string(transport t) noexcept {
  switch (t) {
    case transport::tcp: return "tcp";
    case transport::udp: return "udp";
    case transport::unix_stream: return "unix";
    case transport::unix_datagram: return "unix-dgram";
    case transport::unix_seqpacket: return "unix-seqpacket";
  }
  return "tcp";
}

namespace parsing {

namespace {

// RFC 6335 allows letters, digits and '-'; services(5) has a few older names with these others.
bool may_be_service(std::string_view piece) {
  return piece.size() <= 64 && std::ranges::any_of(piece, is_letter) &&
         std::ranges::all_of(piece, [](char c) {
           return is_letter(c) || is_digit(c) || std::string_view("-_.+/").find(c) != std::string_view::npos;
         });
}

}  // namespace

parsed<port> parse_port(std::string_view piece, transport protocol) {
  if (piece.empty()) return wrong(0, 0, "the port is missing; write 0 to 65535 or a service name");
  const std::string_view digits = piece.substr(piece.front() == '-' || piece.front() == '+' ? 1 : 0);
  if (!digits.empty() && std::ranges::all_of(digits, is_digit)) {
    unsigned value = 0;
    for (const char c : digits) value = std::min(value * 10 + static_cast<unsigned>(c - '0'), 65536U);
    if (digits.size() != piece.size() || value > 65535)
      return wrong(0, piece.size(), "port must be 0 to 65535");
    return port(static_cast<std::uint16_t>(value));
  }
  if (may_be_service(piece)) {
    if (const auto number = system_names::service_port(piece, protocol)) return port(*number);
    // Names of services are compared without regard to case (RFC 6335, section 5.1); databases are not so
    // kind.
    std::string lower(piece);
    std::ranges::transform(lower, lower.begin(), to_lower);
    if (lower != piece) {
      if (const auto number = system_names::service_port(lower, protocol)) return port(*number);
    }
    const bool over_udp = protocol == transport::udp;
    return wrong(0, piece.size(),
                 quoted(piece) + " is neither a port (0 to 65535) nor a " + (over_udp ? "udp" : "tcp") +
                     " service that this system knows",
                 fault::unknown_name);
  }
  return wrong(0, piece.size(), quoted(piece) + " is not a port; write 0 to 65535 or a service name");
}

}  // namespace parsing

result<port> port::parse(std::string_view text, transport protocol) {
  return parsing::to_result(text, parsing::parse_port(text, protocol));
}

std::string port::to_string() const { return std::to_string(number_); }

}  // namespace fairlead
