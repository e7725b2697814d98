// SPDX-License-Identifier: MIT
#include "proxy/socks.hpp"

namespace fairlead::detail {

namespace {

// 0.0.0.1 to 0.0.0.255 say that a name follows.
constexpr std::string_view name_follows("\x00\x00\x00\x01", 4);
enum : unsigned { granted = 90, rejected = 91, no_identd = 92, other_user = 93 };

}  // namespace

socks4a_machine::socks4a_machine(const proxy& via, const proxy_target& target)
    : proxy_machine(verb::connect, subject_of(target.authority(), via)) {
  to_send_.assign("\x04\x01", 2);
  append_u16(to_send_, target.port.number());
  // The protocol has no place for IPv6 addresses; as names some proxies understand them.
  const bool by_name = !target.numeric || !target.numeric->is_v4() || target.numeric->v4().to_uint() < 256;
  if (by_name) {
    to_send_ += name_follows;
  } else {
    append_ip(to_send_, *target.numeric);
  }
  to_send_ += via.user();
  to_send_ += '\0';
  if (by_name) {
    to_send_ += target.host;
    to_send_ += '\0';
  }
}

std::string socks4a_machine::missing() const { return "no answer of the proxy to the request"; }

verdict socks4a_machine::look(std::span<const std::byte> bytes, bool ended) {
  constexpr std::size_t size = 8;
  if (!bytes.empty() && octet(bytes, 0) != 0) {
    return failed(errc::protocol_error, "the proxy does not speak SOCKS4a: its answer begins with byte " +
                                            std::to_string(octet(bytes, 0)) + " instead of 0");
  }
  if (bytes.size() > 1 && octet(bytes, 1) != granted) {
    switch (octet(bytes, 1)) {
      case rejected: return failed(errc::connection_refused, "the proxy answers: request rejected or failed");
      case no_identd:
        return failed(errc::permission_denied,
                      "the proxy answers: rejected, because it cannot ask the identd of this machine");
      case other_user:
        return failed(errc::permission_denied,
                      "the proxy answers: rejected, because the identd of this machine names another user");
      default:
        return failed(errc::protocol_error, "the proxy answers with code " + std::to_string(octet(bytes, 1)) +
                                                ", which has no meaning");
    }
  }
  if (bytes.size() >= size) return over(verdict::kind::done, size);
  return ended ? hung_up(bytes.size()) : exactly(size);
}

}  // namespace fairlead::detail
