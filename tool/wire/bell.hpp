// SPDX-License-Identifier: MIT
// Something has changed: wakes every task of one loop that waits for it.
#pragma once

#include <stop_token>

#include <fairlead/task.hpp>
#include <fairlead/timer.hpp>

namespace tool {

class bell {
 public:
  /// Until the next ring(), or `t`. Fails only if the task is asked to stop.
  [[nodiscard]] fairlead::task<fairlead::result<void>> wait(
      fairlead::time_point t = fairlead::time_point::max()) {
    const std::stop_token token = source_.get_token();
    auto slept = co_await fairlead::sleep_until(t).stop_on(token);
    if (token.stop_requested()) slept = {};
    co_return slept;
  }
  void ring() {
    source_.request_stop();
    source_ = std::stop_source();
  }

 private:
  std::stop_source source_;
};

}  // namespace tool
