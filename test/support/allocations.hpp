// SPDX-License-Identifier: MIT
// Counts what this thread allocates through operator new.
#pragma once

#include <cstddef>

namespace fairlead::testing {

/// False under a sanitizer, which has an operator new of its own.
[[nodiscard]] bool allocations_are_counted() noexcept;
/// Calls of operator new on this thread since it began.
[[nodiscard]] std::size_t allocations_here() noexcept;

}  // namespace fairlead::testing
