// SPDX-License-Identifier: MIT
#include "proxy/target.hpp"

#include <algorithm>

#include "address/parsing.hpp"

namespace fairlead::detail {

namespace {

constexpr std::size_t longest_host = 255;  // what the length of SOCKS5 can say

// Everything that separates the parts of an address somewhere is left to those who mean it.
bool may_be_in_a_name(char c) {
  return c > ' ' && c < 0x7f && !std::string_view("/?#@:[]\\%\"<>,;").contains(c);
}

std::string defect_of(std::string_view host, const std::optional<ip_address>& numeric, port p) {
  if (host.empty()) return "the host is missing";
  if (host.size() > longest_host) return "the host has more than 255 bytes";
  if (p.is_any()) return "there is no port 0 to connect to";
  if (numeric) {
    if (numeric->is_v6() && numeric->v6().scope_id() != 0)
      return "an address with a scope means something on this machine only, and nothing to a proxy";
    return {};
  }
  const auto stranger = std::ranges::find_if_not(host, may_be_in_a_name);
  if (stranger == host.end()) return {};
  if (static_cast<unsigned char>(*stranger) >= 0x80)
    return "a host name goes to a proxy in ASCII: in its form that begins with xn--";
  return parsing::quoted(std::string_view(stranger, stranger + 1)) + " cannot be in a host name";
}

}  // namespace

std::string proxy_target::authority() const {
  const bool bracketed = numeric && numeric->is_v6();
  return (bracketed ? '[' + host + ']' : host) + ':' + port.to_string();
}

std::string subject_of(std::string_view target, const proxy& via) {
  return std::string(target) + " through " + via.to_string();
}

result<proxy_target> check_target(const proxy& via, std::string_view host, port p) {
  proxy_target target{std::string(host.substr(0, longest_host)), std::nullopt, p};
  if (const result<ip_address> numeric = ip_address::parse(target.host)) {
    target.numeric = *numeric;
    target.host = numeric->to_string();
  }
  std::string defect = defect_of(host, target.numeric, p);
  if (defect.empty()) return target;
  const std::string shown = parsing::quoted(host) + ':' + p.to_string();
  return std::unexpected(
      error::about(errc::invalid_argument, verb::connect, subject_of(shown, via), std::move(defect)));
}

}  // namespace fairlead::detail
