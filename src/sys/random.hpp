// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace fairlead::sys {

/// A number that nobody can guess (getrandom(2)).
[[nodiscard]] std::uint64_t random_number() noexcept;

}  // namespace fairlead::sys
