// SPDX-License-Identifier: MIT
// Values of flags that have a type of their own.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include <fairlead/loop.hpp>

namespace tool {

/// Written as parse_size() reads it.
struct byte_count {
  std::uint64_t count = 0;
};

/// What --polling may be.
inline constexpr std::pair<std::string_view, fairlead::polling> polling_words[] = {
    {"off", fairlead::polling::off},
    {"adaptive", fairlead::polling::adaptive},
    {"always", fairlead::polling::always},
};

}  // namespace tool
