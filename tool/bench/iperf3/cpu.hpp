// SPDX-License-Identifier: MIT
// How much of a processor this process has used, which both sides of iperf3 tell each other.
#pragma once

#include <ctime>

#include <fairlead/clock.hpp>

namespace tool::bench_parts::iperf3 {

/// Since it was made.
class processor_time {
 public:
  /// 100 is one core.
  [[nodiscard]] double percent() const {
    const double seconds = std::chrono::duration<double>(fairlead::clock::now() - begun_).count();
    const double used = static_cast<double>(std::clock() - used_) / static_cast<double>(CLOCKS_PER_SEC);
    return seconds > 0 ? 100 * used / seconds : 0;
  }

 private:
  fairlead::time_point begun_ = fairlead::clock::now();
  std::clock_t used_ = std::clock();
};

}  // namespace tool::bench_parts::iperf3
