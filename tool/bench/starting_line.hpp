// SPDX-License-Identifier: MIT
// Loops that begin together: who has made its connections waits until all have.
#pragma once

#include <atomic>
#include <cstddef>
#include <stop_token>

#include <fairlead/task.hpp>
#include <fairlead/timer.hpp>

namespace tool::bench_parts {

class starting_line {
 public:
  explicit starting_line(std::size_t runners) : missing_(runners) {}

  /// One loop's place. Who leaves without having been ready does not hold up the others.
  class place {
   public:
    explicit place(starting_line& l) noexcept : line_(&l) {}
    place(const place&) = delete;
    place& operator=(const place&) = delete;
    ~place() { arrive(); }

    /// Until everybody is ready, or has left.
    [[nodiscard]] fairlead::task<> ready() {
      const std::stop_token all = line_->all_.get_token();
      arrive();
      const fairlead::result<void> waited =
          co_await fairlead::sleep_for(fairlead::duration::max()).stop_on(all);
      (void)waited;
    }

   private:
    void arrive() noexcept {
      if (line_ != nullptr && line_->missing_.fetch_sub(1) == 1) line_->all_.request_stop();
      line_ = nullptr;
    }
    starting_line* line_;
  };

 private:
  std::atomic<std::size_t> missing_;
  std::stop_source all_;
};

}  // namespace tool::bench_parts
