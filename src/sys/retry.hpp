// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>

namespace fairlead::sys {

/// Repeats a system call that a signal interrupted. Handlers have run by then: nothing is lost.
template <class Call>
long retry(Call call) noexcept {
  long r = 0;
  do {
    r = call();
  } while (r < 0 && errno == EINTR);
  return r;
}

}  // namespace fairlead::sys
