// SPDX-License-Identifier: MIT
// Users and groups by name, see <fairlead/account.hpp>.
#pragma once

#include <cstdint>
#include <string>

#include "sys/outcome.hpp"

namespace fairlead::sys {

/// ENOENT if there is nobody of that name.
outcome user_id(const std::string& name, std::uint32_t& id);
outcome group_id(const std::string& name, std::uint32_t& id);

}  // namespace fairlead::sys
