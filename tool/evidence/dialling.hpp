// SPDX-License-Identifier: MIT
// Connecting, of which the evidence is told, whatever comes of it.
#pragma once

#include <memory>

#include <fairlead/client.hpp>
#include <fairlead/task.hpp>
#include <fairlead/url.hpp>

#include "console.hpp"
#include "option.hpp"
#include "wire/link.hpp"

namespace tool {

class evidence;

/// open_link(), and `proof` is told, if there is one. A report that `how` asks for has each address tried,
/// too.
[[nodiscard]] fairlead::task<fairlead::result<std::unique_ptr<link>>> open_link_for(
    evidence* proof, fairlead::url to, fairlead::client_options how);

/// The same for a command that goes to one place: within the time of --timeout, and with a step before and
/// after.
[[nodiscard]] fairlead::task<fairlead::result<std::unique_ptr<link>>> dial(fairlead::url to,
                                                                           fairlead::client_options how,
                                                                           const settings& asked,
                                                                           const console& out);

}  // namespace tool
