// SPDX-License-Identifier: MIT
// What a system call said: an errno value, or 0 and a count (bytes, or a new descriptor).
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace fairlead::sys {

struct outcome {
  std::int32_t code = 0;
  std::size_t count = 0;

  [[nodiscard]] bool ok() const noexcept { return code == 0; }
  [[nodiscard]] bool would_block() const noexcept { return code == EAGAIN; }
};

/// From a system call's return value: negative means errno.
[[nodiscard]] inline outcome from_return(long returned) noexcept {
  if (returned < 0) [[unlikely]] {
    return {errno == EWOULDBLOCK ? EAGAIN : errno, 0};
  }
  return {0, static_cast<std::size_t>(returned)};
}

}  // namespace fairlead::sys
