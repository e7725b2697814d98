// SPDX-License-Identifier: MIT
// Ctrl-C, or nobody who reads the table any more, ends the demo in order, so that its directory of sockets is
// removed; a second signal ends it at once.
#pragma once

#include <atomic>
#include <optional>
#include <stop_token>
#include <thread>

#include <fairlead/signal.hpp>

namespace tool::demo_parts {

class interruption {
 public:
  interruption()
      : quit_(
            std::in_place,
            std::initializer_list<int>{fairlead::signal_number::interrupt, fairlead::signal_number::terminate,
                                       fairlead::signal_number::hangup, fairlead::signal_number::pipe}),
        watcher_([this](const std::stop_token& over) { watch(over); }) {}

  /// The signal that came, or 0.
  [[nodiscard]] int number() const noexcept { return number_; }
  /// Turns when it comes.
  [[nodiscard]] std::stop_token token() const noexcept { return source_.get_token(); }

 private:
  void watch(const std::stop_token& over) {
    const auto came = quit_->next().stop_on(over).wait();
    quit_.reset();  // from now on signals do what they always did
    if (!came) return;
    number_ = *came;
    source_.request_stop();
  }

  std::optional<fairlead::signal_set> quit_;
  std::stop_source source_;
  std::atomic<int> number_{0};
  std::jthread watcher_;  // last, so that it ends first
};

}  // namespace tool::demo_parts
