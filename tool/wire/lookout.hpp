// SPDX-License-Identifier: MIT
// The signals that ask a command to end.
#pragma once

#include <functional>
#include <optional>

#include <fairlead/signal.hpp>

namespace tool {

/// nohup(1) wants to be left alone with hangups.
[[nodiscard]] inline fairlead::signal_set ending_signals() {
  using namespace fairlead::signal_number;
  if (fairlead::is_signal_ignored(hangup)) return {interrupt, terminate};
  return {interrupt, terminate, hangup};
}

/// Hears them while there is something to be written at the end of a command, so that none of them ends it
/// without: neither one that comes before the command looks at them, nor one that comes when it looks no
/// more. One for a process.
class lookout {
 public:
  void begin() { set_.emplace(ending_signals()); }
  /// The first that has come, or 0: for a command that reads files, and has no loop to be told on. Does not
  /// wait.
  [[nodiscard]] int number() {
    if (set_ && number_ == 0) number_ = set_->next().now().value_or(0);
    return number_;
  }
  /// Where those wait that nobody has looked at, for a command that is told. After begin().
  [[nodiscard]] fairlead::signal_set& waiting() { return *set_; }

 private:
  std::optional<fairlead::signal_set> set_;
  int number_ = 0;
};

/// Asked now and then by what takes long.
using asked_to_stop = std::function<bool()>;

}  // namespace tool
