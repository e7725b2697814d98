// SPDX-License-Identifier: MIT
// What whatever listens is told of who may come in, how many, how fast, and for how long. See access/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <fairlead/clock.hpp>

#include "option/values.hpp"

namespace tool {

struct access_settings {
  std::vector<std::string> allow;
  std::vector<std::string> deny;
  std::vector<std::string> proxy_from;
  std::optional<std::uint64_t> max_per_address;
  std::optional<byte_count> client_rate;
  std::optional<byte_count> total_rate;
  std::optional<fairlead::duration> listen_for;
};

}  // namespace tool
