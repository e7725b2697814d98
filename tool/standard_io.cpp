// SPDX-License-Identifier: MIT
#include "standard_io.hpp"

#include <cerrno>
#include <cstdio>

namespace tool {

namespace {

int first_failure = 0;

}  // namespace

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

void show(std::string_view text) noexcept {
  errno = 0;
  const bool whole =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!whole && first_failure == 0) first_failure = errno != 0 ? errno : EIO;
}

int output_failure() noexcept { return first_failure; }

}  // namespace tool
