// SPDX-License-Identifier: MIT
// What `fairlead resolve` and `fairlead probe` are told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <fairlead/clock.hpp>

namespace tool {

struct names_settings {
  bool ipv4 = false;
  bool ipv6 = false;
  bool srv = false;
  bool mx = false;
  bool txt = false;
  std::vector<std::string> servers;
  std::optional<std::uint64_t> count;
  std::optional<fairlead::duration> interval;
};

}  // namespace tool
