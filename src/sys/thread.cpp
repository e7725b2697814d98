// SPDX-License-Identifier: MIT
#include "sys/thread.hpp"

#include <sched.h>

namespace fairlead::sys {

void offer_core() noexcept { (void)::sched_yield(); }

}  // namespace fairlead::sys
