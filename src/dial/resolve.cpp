// SPDX-License-Identifier: MIT
#include <fairlead/resolve.hpp>

#include <algorithm>
#include <string_view>

namespace fairlead {

namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_but_for_case(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

// RFC 6761, section 6.3: localhost, and any name that ends in .localhost. A final dot makes no difference.
bool is_localhost(std::string_view host) noexcept {
  constexpr std::string_view name = "localhost";
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.size() < name.size()) return false;
  if (!equal_but_for_case(host.substr(host.size() - name.size()), name)) return false;
  host.remove_suffix(name.size());
  return host.empty() || (host.size() > 1 && host.ends_with('.'));
}

std::string_view words(family f) noexcept { return f == family::ipv4 ? "IPv4" : "IPv6"; }

}  // namespace

task<result<std::vector<ip_endpoint>>> resolve(std::string host, port p, family wanted) {
  std::vector<ip_endpoint> found;
  const auto add = [&](const ip_address& a) {
    if (wanted == family::unspecified || wanted == a.family()) found.emplace_back(a, p);
  };
  if (host.empty() || is_localhost(host)) {
    add(ipv6_address::loopback());
    add(ipv4_address::loopback());
  } else if (const auto numeric = ip_address::parse(host)) {
    add(*numeric);
  } else {
    co_return std::unexpected(
        error::about(fault::unknown_name, verb::resolve, host,
                     "names other than localhost need DNS, which this version does not have; "
                     "give its address in figures"));
  }
  if (found.empty()) {
    co_return std::unexpected(error::about(errc::address_family_not_supported, verb::resolve, host,
                                           "it has no " + std::string(words(wanted)) + " address"));
  }
  co_return found;
}

}  // namespace fairlead
