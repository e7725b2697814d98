// SPDX-License-Identifier: MIT
// Telling a peer that reads slowly from one that is silent.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fairlead/clock.hpp>

#include "wire/link.hpp"

namespace tool {

/// A send that has not ended does not tell what its peer has taken of it; the kernel does, to whoever asks.
class slow_reader {
 public:
  /// Whether the peer has taken something, or was sent more, since this was asked last.
  [[nodiscard]] bool has_moved(link& to) noexcept {
    const std::size_t now = to.send_queue().value_or(0);
    return now != std::exchange(queued_, now);
  }
  /// How long to sleep before it is asked again, if `left` of `limit` is left: not in one go.
  [[nodiscard]] static fairlead::duration pause(fairlead::duration left, fairlead::duration limit) noexcept {
    return std::min(left, limit / 4 + fairlead::duration(1));
  }

 private:
  std::size_t queued_ = 0;
};

}  // namespace tool
