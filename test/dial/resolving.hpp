// SPDX-License-Identifier: MIT
// Resolvers of which the system's files know nothing.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fairlead/resolve.hpp>

#include "stream/ways.hpp"
#include "support/expect.hpp"
#include "support/name_server.hpp"

namespace fairlead::testing {

using namespace std::chrono_literals;

using words = std::vector<std::string>;

/// A failed test and the process-wide one if the options are wrong.
inline resolver made_by(resolver_options o) {
  if (o.hosts_file == "/etc/hosts") o.hosts_file.clear();
  if (o.resolv_conf == "/etc/resolv.conf") o.resolv_conf.clear();
  return value_of(resolver::create(std::move(o)));
}

/// In an order that does not depend on the routes of this machine.
inline words sorted(const std::vector<ip_address>& addresses) {
  words all;
  for (const ip_address& a : addresses) all.push_back(a.to_string());
  std::ranges::sort(all);
  return all;
}

}  // namespace fairlead::testing
