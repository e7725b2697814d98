// SPDX-License-Identifier: MIT
// Host names to addresses. The one place that knows how: numeric hosts and localhost today, DNS behind the
// same function later.
#pragma once

#include <string>
#include <vector>

#include <fairlead/address.hpp>
#include <fairlead/error.hpp>
#include <fairlead/export.hpp>
#include <fairlead/task.hpp>

namespace fairlead {

/// The endpoints of a host in the order in which they should be tried; never an empty list. An address in
/// figures (without brackets) is itself; localhost and every name below it are [::1] and 127.0.0.1, whatever
/// any server says (RFC 6761, section 6.3), and so is the empty host, which means this machine. Other names
/// are fault::unknown_name. `wanted` leaves out the addresses of the other family.
[[nodiscard]] FAIRLEAD_API task<result<std::vector<ip_endpoint>>> resolve(
    std::string host, port p, family wanted = family::unspecified);

}  // namespace fairlead
