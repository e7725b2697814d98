// SPDX-License-Identifier: MIT
#include "dial/gate.hpp"

#include <fairlead/timer.hpp>

namespace fairlead::lookup {

bool gate::visitor::try_enter() {
  const std::scoped_lock lock(gate_.mutex_);
  if (gate_.free_ > 0) {
    --gate_.free_;
    at_ = stage::inside;
    return true;
  }
  turn_ = std::stop_source();
  in_line_ = gate_.line_.insert(gate_.line_.end(), this);
  at_ = stage::in_line;
  return false;
}

bool gate::visitor::is_inside() const {
  const std::scoped_lock lock(gate_.mutex_);
  return at_ == stage::inside;
}

task<result<void>> gate::visitor::enter() {
  if (try_enter()) co_return {};
  // A stop token wakes tasks on any loop, and threads without one.
  auto slept = co_await sleep_until(time_point::max()).stop_on(turn_.get_token());
  if (is_inside()) slept = {};
  co_return slept;
}

// Whoever is next gets the place from us, so that nobody can slip in between; and if it has been destroyed or
// stopped meanwhile, passes it on in turn.
void gate::visitor::leave() noexcept {
  std::stop_source next(std::nostopstate);
  {
    const std::scoped_lock lock(gate_.mutex_);
    if (at_ == stage::in_line) gate_.line_.erase(in_line_);
    if (at_ == stage::inside) {
      if (gate_.line_.empty()) {
        ++gate_.free_;
      } else {
        visitor& first = *gate_.line_.front();
        gate_.line_.pop_front();
        first.at_ = stage::inside;
        next = first.turn_;
      }
    }
    at_ = stage::outside;
  }
  // Its task may be gone by now, but not what the two of us share.
  next.request_stop();
}

}  // namespace fairlead::lookup
