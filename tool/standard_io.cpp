// SPDX-License-Identifier: MIT
#include "standard_io.hpp"

#include <cstdio>

namespace tool {

void occupy_standard_streams() noexcept {
  // fopen takes the lowest number that is free. Open for reading only, so that nothing written is lost
  // silently.
  for (;;) {
    std::FILE* const f = std::fopen("/dev/null", "r");
    if (f == nullptr) return;
    if (::fileno(f) <= 2) continue;
    std::fclose(f);
    return;
  }
}

}  // namespace tool
