// SPDX-License-Identifier: MIT
// Signals: the first one asks to finish, the second one ends it all.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>

#include <fairlead/scope.hpp>
#include <fairlead/signal.hpp>

#include "console.hpp"

namespace tool {

class interrupts {
 public:
  explicit interrupts(const console& out) : out_(out) {}

  /// Watches until it is stopped. The second signal stops `all`, in which this runs too.
  [[nodiscard]] fairlead::task<> watch(fairlead::scope& all) {
    auto came = co_await set_.next();
    if (!came) co_return;
    number_ = *came;
    finishing_.request_stop();
    came = co_await set_.next().within(patience);
    if (!came && came.error() == fairlead::errc::timed_out) {  // something is still to be finished
      const std::string said = fairlead::signal_name(number_) + ": finishing; once more to leave at once";
      is_terminal(stream::err) ? out_.note(said) : out_.step(said);
      came = co_await set_.next();
    }
    if (!came) co_return;
    number_ = *came;
    out_.step(fairlead::signal_name(number_) + ": leaving");
    all.request_stop();
  }

  /// Turns with the first signal.
  [[nodiscard]] std::stop_token finishing() const noexcept { return finishing_.get_token(); }
  /// The last signal that came, or 0.
  [[nodiscard]] int number() const noexcept { return number_; }

 private:
  static constexpr auto patience = std::chrono::milliseconds(300);
  const console& out_;
  fairlead::signal_set set_{fairlead::signal_number::interrupt, fairlead::signal_number::terminate};
  std::stop_source finishing_;
  int number_ = 0;
};

}  // namespace tool
