// SPDX-License-Identifier: MIT
#pragma once

#include "sys/outcome.hpp"

namespace fairlead::sys {

/// Starts an io_uring that was made disabled, and makes this thread its issuer (IORING_REGISTER_ENABLE_RINGS,
/// Linux 5.10). liburing 2.3 declares a function for it and does not export it.
outcome enable_ring(int fd) noexcept;

}  // namespace fairlead::sys
