// SPDX-License-Identifier: MIT
// The context of the code that runs now, as the library sees it: one load, and no call. current_context() in
// task.hpp is the same for headers.
#pragma once

#include <fairlead/task.hpp>

namespace fairlead::detail {

/// Never null: outside of tasks it is `nowhere`, which has no loop.
extern constinit thread_local task_context* context_here;
extern task_context nowhere;

}  // namespace fairlead::detail
