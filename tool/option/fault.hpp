// SPDX-License-Identifier: MIT
// Faults on purpose.
#pragma once

#include <string>
#include <vector>

namespace tool {

struct fault_settings {
  std::vector<std::string> faults;  ///< as faults::parse() reads them
};

}  // namespace tool
