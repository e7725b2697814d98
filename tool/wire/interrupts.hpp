// SPDX-License-Identifier: MIT
// Signals: the first one asks to finish, the second one, or a hangup, ends it all. And --for, which ends
// listening by itself.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include <fairlead/scope.hpp>
#include <fairlead/signal.hpp>
#include <fairlead/timer.hpp>

#include "console.hpp"
#include "wire/lookout.hpp"

namespace tool {

class interrupts {
 public:
  explicit interrupts(const console& out) : out_(out) {
    if (out.signals == nullptr) own_.emplace(ending_signals());
  }

  /// Watches until it is stopped. The second signal stops `all`, in which this runs too.
  [[nodiscard]] fairlead::task<> watch(fairlead::scope& all) {
    auto came = co_await set().next();
    if (!came) co_return;
    number_ = *came;
    if (out_.interrupted) out_.interrupted();
    closing_.request_stop();
    finishing_.request_stop();
    // Whose terminal has gone cannot ask again.
    if (number_ != fairlead::signal_number::hangup) {
      came = co_await set().next().within(patience);
      if (!came && came.error() == fairlead::errc::timed_out) {  // something is still to be finished
        const std::string said = fairlead::signal_name(number_) + ": finishing; once more to leave at once";
        is_terminal(stream::err) ? out_.note(said) : out_.step(said);
        came = co_await set().next();
      }
      if (!came) co_return;
      number_ = *came;
    }
    out_.step(fairlead::signal_name(number_) + ": leaving");
    all.request_stop();
  }

  /// Nobody new shall come after that time.
  [[nodiscard]] fairlead::task<> close_after(fairlead::duration time) {
    if (const auto slept = co_await fairlead::sleep_for(time); !slept) co_return;
    out_.step("the time of --for is over");
    timed_ = true;
    closing_.request_stop();
  }

  /// Turns with the first signal.
  [[nodiscard]] std::stop_token finishing() const noexcept { return finishing_.get_token(); }
  /// Turns with the first signal, or when listening is over: no more clients.
  [[nodiscard]] std::stop_token closing() const noexcept { return closing_.get_token(); }
  /// What everything ended with: to have been asked to is no failure when the time that was set is over.
  [[nodiscard]] fairlead::result<void> outcome(fairlead::result<void> ended) const {
    if (timed_ && !ended && ended.error() == fairlead::errc::operation_canceled) return {};
    return ended;
  }
  /// The last signal that came, or 0.
  [[nodiscard]] int number() const noexcept { return number_; }

 private:
  static constexpr auto patience = std::chrono::milliseconds(300);
  // Of a command that has a report they wait already, and go on to be kept from ending it.
  [[nodiscard]] fairlead::signal_set& set() { return own_ ? *own_ : out_.signals->waiting(); }

  const console& out_;
  std::optional<fairlead::signal_set> own_;
  std::stop_source finishing_;
  std::stop_source closing_;
  bool timed_ = false;
  int number_ = 0;
};

/// How work ended that signals can end.
struct conclusion {
  conclusion(fairlead::result<void> how, int number) : ended(std::move(how)), signal(number) {}

  fairlead::result<void> ended;
  int signal;  ///< the last one that came, or 0
  /// The status of a command that has nothing else to say of it.
  [[nodiscard]] int status(const console& out) const {
    return signal != 0 ? after_signal(signal) : out.verdict(ended);
  }
};

/// Does the work, which looks at the signals as it likes: the second one ends it. With `open_for` nobody new
/// shall come after that time.
[[nodiscard]] fairlead::task<conclusion> until_interrupted(
    std::function<fairlead::task<fairlead::result<void>>(const interrupts&)> work, const console& out,
    std::optional<fairlead::duration> open_for = std::nullopt);

}  // namespace tool
