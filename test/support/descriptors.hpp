// SPDX-License-Identifier: MIT
// What this process has open.
#pragma once

#include <cstddef>
#include <filesystem>
#include <iterator>

namespace fairlead::testing {

/// How many descriptors this process has open, one of which is for looking.
inline std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace fairlead::testing
