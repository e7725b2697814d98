// SPDX-License-Identifier: MIT
// Ctrl-C ends the demo in order, so that its directory of sockets is removed; a second signal ends it at
// once, where there is no report to be written.
#pragma once

#include <atomic>
#include <optional>
#include <stop_token>
#include <thread>

#include <fairlead/signal.hpp>

#include "wire/lookout.hpp"

namespace tool::demo_parts {

class interruption {
 public:
  /// `held` hears the signals already, where there is a report to be written; or is null.
  explicit interruption(lookout* held)
      : held_(held), watcher_([this](const std::stop_token& over) { watch(over); }) {}

  /// The signal that came, or 0.
  [[nodiscard]] int number() const noexcept { return number_; }
  /// Turns when it comes.
  [[nodiscard]] std::stop_token token() const noexcept { return source_.get_token(); }

 private:
  void watch(const std::stop_token& over) {
    const auto came = (quit_ ? *quit_ : held_->waiting()).next().stop_on(over).wait();
    quit_.reset();  // from now on signals do what they always did
    if (!came) return;
    number_ = *came;
    source_.request_stop();
  }

  lookout* held_;
  std::optional<fairlead::signal_set> quit_ =
      held_ == nullptr ? std::optional(ending_signals()) : std::nullopt;
  std::stop_source source_;
  std::atomic<int> number_{0};
  std::jthread watcher_;  // last, so that it ends first
};

}  // namespace tool::demo_parts
