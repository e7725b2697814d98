// SPDX-License-Identifier: MIT
#include "standard_io.hpp"

#include <atomic>
#include <cerrno>
#include <cstdio>

namespace tool {

namespace {

std::atomic<int> first_failure = 0;  // an errno value; a command may show from several loops

// 0, or an errno value.
int write_all(std::FILE* to, std::string_view text) noexcept {
  errno = 0;
  const bool whole = std::fwrite(text.data(), 1, text.size(), to) == text.size() && std::fflush(to) == 0;
  if (whole) return 0;
  return errno != 0 ? errno : EIO;
}

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
  int none = 0;
  if (const int failed = write_all(stdout, text); failed != 0)
    (void)first_failure.compare_exchange_strong(none, failed);
}

int tell(std::string_view text) noexcept { return write_all(stderr, text); }

bool nobody_reads() noexcept { return first_failure == EPIPE; }

fairlead::result<void> all_shown() {
  using fairlead::error;
  const int failed = first_failure.exchange(0);
  if (failed == 0) return {};
  return std::unexpected(
      error::about(static_cast<fairlead::errc>(failed), fairlead::verb::write, "standard output"));
}

}  // namespace tool
