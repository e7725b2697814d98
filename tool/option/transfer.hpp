// SPDX-License-Identifier: MIT
// What sending and receiving files are told.
#pragma once

#include <cstdint>
#include <optional>

#include "option/values.hpp"

namespace tool {

struct transfer_settings {
  bool keep_open = false;
  std::optional<std::uint64_t> max_files;
  std::optional<byte_count> max_size;
};

}  // namespace tool
