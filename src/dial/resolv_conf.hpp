// SPDX-License-Identifier: MIT
// resolv.conf(5) as a machine over text. Left out: sortlist, and the environment (RES_OPTIONS, LOCALDOMAIN).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fairlead/address.hpp>
#include <fairlead/clock.hpp>

namespace fairlead::lookup {

struct resolv_conf {
  std::vector<ip_endpoint> servers;
  std::vector<std::string> search;  // normal names
  std::optional<unsigned> ndots;
  std::optional<duration> timeout;
  std::optional<unsigned> tries;
  bool rotate = false;
};

/// Lines and words that it does not know are passed over. Numbers are bounded as the C library bounds them.
[[nodiscard]] resolv_conf parse_resolv_conf(std::string_view text);

}  // namespace fairlead::lookup
