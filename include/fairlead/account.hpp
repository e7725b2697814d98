// SPDX-License-Identifier: MIT
// The numbers of users and groups by name, for comparing them with what peer_credentials() tells.
#pragma once

#include <cstdint>
#include <string_view>

#include <fairlead/error.hpp>
#include <fairlead/export.hpp>

namespace fairlead {

// As passwd(5) and group(5), or whatever nsswitch.conf(5) names, have them; asking may read files or the
// network, and blocks. fault::unknown_name if there is no such name; else what the system says, where the
// database cannot be asked: not finding out is not the same as finding nobody.

/// The user id of a name (getpwnam_r(3)).
[[nodiscard]] FAIRLEAD_API result<std::uint32_t> user_id(std::string_view name);
/// The group id of a name (getgrnam_r(3)).
[[nodiscard]] FAIRLEAD_API result<std::uint32_t> group_id(std::string_view name);

}  // namespace fairlead
