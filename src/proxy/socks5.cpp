// SPDX-License-Identifier: MIT
#include <array>

#include "proxy/socks.hpp"

namespace fairlead::detail {

namespace {

enum : unsigned { no_authentication = 0, by_password = 2, no_acceptable_method = 0xff };
enum : unsigned { ipv4 = 1, domain_name = 3, ipv6 = 4 };

struct reply_row {
  errc code;
  const char* says;
};
// RFC 1928, section 6, from 1.
constexpr std::array<reply_row, 8> replies{{
    {errc::io_error, "general failure of the SOCKS server"},
    {errc::permission_denied, "connection not allowed by its rules"},
    {errc::network_unreachable, "network unreachable"},
    {errc::host_unreachable, "host unreachable"},
    {errc::connection_refused, "connection refused"},
    // Its own time is up, not the caller's: timed_out is what a deadline gives.
    {errc::host_unreachable, "TTL expired"},
    {errc::operation_not_supported, "command not supported"},
    {errc::address_family_not_supported, "address type not supported"},
}};

std::string number(unsigned n) { return std::to_string(n); }

}  // namespace

socks5_machine::socks5_machine(const proxy& via, proxy_target target)
    : proxy_machine(verb::connect, subject_of(target.authority(), via)),
      target_(std::move(target)),
      user_(via.user()),
      password_(via.password()) {
  // The password is offered only where there is one: a proxy that is asked for nothing may choose it.
  to_send_ = user_.empty() ? std::string("\x05\x01\x00", 3) : std::string("\x05\x02\x00\x02", 4);
}

std::string socks5_machine::missing() const {
  switch (phase_) {
    case phase::greeting: return "no answer of the proxy to the greeting";
    case phase::password: return "no answer of the proxy to the user name and password";
    case phase::request: break;
  }
  return "no answer of the proxy to the request";
}

verdict socks5_machine::look(std::span<const std::byte> bytes, bool ended) {
  const phase now = phase_;
  verdict v = now == phase::greeting   ? method(bytes)
              : now == phase::password ? permission(bytes)
                                       : reply(bytes);
  return v.what == verdict::kind::more && ended ? hung_up(bytes.size()) : v;
}

verdict socks5_machine::method(std::span<const std::byte> bytes) {
  if (bytes.empty()) return exactly(2);
  if (octet(bytes, 0) != 5) {
    return failed(errc::protocol_error,
                  "the proxy does not speak SOCKS5: its answer to the greeting begins with byte " +
                      number(octet(bytes, 0)) + " instead of 5");
  }
  if (bytes.size() < 2) return exactly(2);
  const unsigned chosen = octet(bytes, 1);
  if (chosen == no_acceptable_method) {
    return failed(errc::permission_denied,
                  user_.empty()
                      ? "the proxy wants its users to authenticate, and no user name and password is given"
                      : "the proxy accepts neither a user name and password nor their absence");
  }
  if (chosen == no_authentication) {
    ask();
    return over(verdict::kind::answered, 2);
  }
  if (chosen != by_password || user_.empty()) {
    return failed(errc::protocol_error, "the proxy chose authentication method " + number(chosen) +
                                            ", which was not offered to it");
  }
  phase_ = phase::password;
  to_send_ = '\x01';
  to_send_ += static_cast<char>(user_.size());
  to_send_ += user_;
  to_send_ += static_cast<char>(password_.size());
  to_send_ += password_;
  return over(verdict::kind::answered, 2);
}

verdict socks5_machine::permission(std::span<const std::byte> bytes) {
  if (bytes.empty()) return exactly(2);
  if (octet(bytes, 0) != 1) {
    return failed(errc::protocol_error, "the proxy answers to the user name and password in version " +
                                            number(octet(bytes, 0)) + " instead of 1");
  }
  if (bytes.size() < 2) return exactly(2);
  if (octet(bytes, 1) != 0)
    return failed(errc::permission_denied, "the proxy refuses the user name or the password");
  ask();
  return over(verdict::kind::answered, 2);
}

void socks5_machine::ask() {
  phase_ = phase::request;
  to_send_.assign("\x05\x01\x00", 3);
  if (target_.numeric) {
    to_send_ += static_cast<char>(target_.numeric->is_v4() ? ipv4 : ipv6);
    append_ip(to_send_, *target_.numeric);
  } else {
    to_send_ += static_cast<char>(domain_name);
    to_send_ += static_cast<char>(target_.host.size());
    to_send_ += target_.host;
  }
  append_u16(to_send_, target_.port.number());
}

verdict socks5_machine::reply(std::span<const std::byte> bytes) {
  constexpr std::size_t head = 5;  // up to the length of a name; no reply is shorter
  if (!bytes.empty() && octet(bytes, 0) != 5) {
    return failed(errc::protocol_error,
                  "the proxy answers to the request in version " + number(octet(bytes, 0)) + " instead of 5");
  }
  // Judged as soon as it is there: some proxies hang up right behind a refusal.
  if (bytes.size() > 1 && octet(bytes, 1) != 0) {
    const unsigned code = octet(bytes, 1);
    if (code > replies.size())
      return failed(errc::protocol_error,
                    "the proxy answers with code " + number(code) + ", which has no meaning");
    const reply_row& row = replies[code - 1];
    return failed(row.code, std::string("the proxy answers: ") + row.says);
  }
  std::size_t size = head;
  if (bytes.size() > 3) {
    switch (octet(bytes, 3)) {
      case ipv4: size = 4 + 4 + 2; break;
      case ipv6: size = 4 + 16 + 2; break;
      case domain_name: size = bytes.size() < head ? head : head + octet(bytes, 4) + 2; break;
      default:
        return failed(errc::protocol_error, "the proxy answers with an address of type " +
                                                number(octet(bytes, 3)) + ", which has no meaning");
    }
  }
  // What lies behind the reply is the target's already.
  return bytes.size() < size ? exactly(size) : over(verdict::kind::done, size);
}

}  // namespace fairlead::detail
