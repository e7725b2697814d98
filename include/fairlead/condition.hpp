// SPDX-License-Identifier: MIT
// condition: tasks of one loop wait until another one says that something has changed. As with a condition
// variable, look at what you wait for before and after:
//   while (!ready) co_await or_return(news.notified());
#pragma once

#include <stop_token>

#include <fairlead/clock.hpp>
#include <fairlead/error.hpp>
#include <fairlead/task.hpp>
#include <fairlead/timer.hpp>

namespace fairlead {

/// Belongs to one loop; not for use from other threads. Must outlive those who wait.
class condition {
 public:
  /// Until the next notify_all(), or `t`, whichever is first. Fails only if the task is asked to stop.
  [[nodiscard]] task<result<void>> notified(time_point t = time_point::max()) {
    const std::stop_token token = source_.get_token();
    auto slept = co_await sleep_until(t).stop_on(token);
    if (token.stop_requested()) slept = {};
    co_return slept;
  }
  /// Wakes everybody who waits now.
  void notify_all() {
    source_.request_stop();
    source_ = std::stop_source();
  }

 private:
  std::stop_source source_;
};

}  // namespace fairlead
