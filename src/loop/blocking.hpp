// SPDX-License-Identifier: MIT
#pragma once

#include <fairlead/operation.hpp>

namespace fairlead::detail {

class loop_core;

/// Ends `op` on this thread, under its own bounds and those of op.context and all above it.
void wait_here(io& op);

/// A loop for tasks that are run by wait() and spawn others: one a thread, kept for the next time.
/// Null if the process has no descriptors left.
[[nodiscard]] loop_core* loop_for_blocking_tasks();

}  // namespace fairlead::detail
