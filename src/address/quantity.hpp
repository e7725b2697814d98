// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include <fairlead/url.hpp>

#include "address/parsing.hpp"

namespace fairlead::parsing {

[[nodiscard]] parsed<std::chrono::nanoseconds> parse_duration(std::string_view piece);
[[nodiscard]] parsed<std::uint64_t> parse_size(std::string_view piece);

}  // namespace fairlead::parsing
