// SPDX-License-Identifier: MIT
// What a misspelt command or flag was meant to be.
#pragma once

#include <span>
#include <string_view>

namespace tool {

/// The one of `known` that is nearest to `word`, or that begins with it; empty when none is near.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace tool
