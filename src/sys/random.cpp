// SPDX-License-Identifier: MIT
#include "sys/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

namespace fairlead::sys {

std::uint64_t random_number() noexcept {
  std::uint64_t number = 0;
  // Up to 256 bytes come whole once the system has seeded itself (getrandom(2)); a filter that forbids the
  // call leaves nothing to fall back on that would be as good.
  while (::getrandom(&number, sizeof number, 0) != static_cast<ssize_t>(sizeof number)) {
    if (errno != EINTR) std::abort();
  }
  return number;
}

}  // namespace fairlead::sys
