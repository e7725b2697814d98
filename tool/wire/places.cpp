// SPDX-License-Identifier: MIT
#include "wire/places.hpp"

#include <fairlead/or_return.hpp>
#include <fairlead/resolve.hpp>
#include <fairlead/tcp.hpp>

namespace tool {

using namespace fairlead;

task<result<std::vector<endpoint>>> listen_endpoints(url at) {
  std::vector<endpoint> found;
  if (auto e = at.listen_endpoint()) {
    // Every address: [::] takes IPv4 too, where there is IPv6 at all.
    if (at.host().empty() && e->family() == family::ipv6 && at.family() == family::unspecified) {
      const auto probe = tcp_socket::open(family::ipv6);
      if (!probe && is_missing_family(probe.error())) e = endpoint(ipv4_address::any(), at.port());
    }
    found.push_back(*e);
    co_return found;
  }
  const auto resolved = co_await or_return(resolve(at.host(), at.port(), at.family()));
  found.assign(resolved.begin(), resolved.end());
  co_return found;
}

error with_remedy(const error& e, const endpoint& at) {
  if (!at.is_ip() || e.operation() != verb::bind) return e;
  const char* remedy = nullptr;
  if (e == errc::address_in_use) remedy = "; give another port, or 0 for any that is free";
  if (e == errc::address_not_available) remedy = "; no interface of this machine has it";
  const ip_address where = at.ip().address();
  if (e == errc::invalid_argument && where.is_v6() && where.is_link_local() && where.v6().scope_id() == 0)
    remedy = "; a link-local address needs its interface, as in fe80::1%eth0";
  if (e == errc::permission_denied && at.ip().port().number() < 1024)
    remedy = "; ports below 1024 are for root, and for who has CAP_NET_BIND_SERVICE";
  return remedy == nullptr ? e : e.reworded(e.operation(), std::string(e.subject()), e.reason() + remedy);
}

}  // namespace tool
