// SPDX-License-Identifier: MIT
#include "standard_io.hpp"

#include <cerrno>
#include <cstdio>
#include <utility>

namespace tool {

namespace {

int first_failure = 0;  // an errno value

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

fairlead::result<void> all_shown() {
  using fairlead::error;
  const int failed = std::exchange(first_failure, 0);
  if (failed == 0) return {};
  return std::unexpected(
      error::about(static_cast<fairlead::errc>(failed), fairlead::verb::write, "standard output"));
}

}  // namespace tool
