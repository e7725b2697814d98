// SPDX-License-Identifier: MIT
#include "loop/poller.hpp"

#include <algorithm>

namespace fairlead::detail {

void poller::slept(duration idle) noexcept {
  if (how_ != polling::adaptive) return;
  if (rest_ > 0) {
    --rest_;
    return;
  }
  if (idle <= bound_) {
    window_ = std::min(std::max(window_ * 2, first_window), bound_);
  } else {
    window_ = window_ / 2 < first_window ? duration::zero() : window_ / 2;
  }
}

void poller::found() noexcept {
  if (++found_ < trust) return;
  found_ = 0;
  next_rest_ = std::max(next_rest_ / 2, shortest_rest);
}

void poller::was_in_the_way() noexcept {
  if (how_ != polling::adaptive) return;
  found_ = 0;
  window_ = duration::zero();
  rest_ = next_rest_;
  next_rest_ = std::min(next_rest_ * 2, longest_rest);
}

}  // namespace fairlead::detail
