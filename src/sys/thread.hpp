// SPDX-License-Identifier: MIT
#pragma once

namespace fairlead::sys {

/// Lets another thread that waits for this core have it (sched_yield(2)).
void offer_core() noexcept;

}  // namespace fairlead::sys
