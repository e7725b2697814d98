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

}  // namespace tool
