// SPDX-License-Identifier: MIT
// Work that blocks, on a thread of its own, while the loop runs on.
#pragma once

#include <functional>
#include <memory>

#include <fairlead/clock.hpp>
#include <fairlead/condition.hpp>
#include <fairlead/loop.hpp>
#include <fairlead/task.hpp>

namespace tool::transfer {

/// Gives what `work` gives, which must not throw; where there is no thread to be had, at once. A task that is
/// stopped meanwhile ends only after it: what it uses may go then.
class background {
 public:
  background(fairlead::loop& l, const std::function<fairlead::result<void>()>& work);
  ~background();
  background(const background&) = delete;
  background& operator=(const background&) = delete;

  /// Waits for so long; whether it is done.
  [[nodiscard]] fairlead::task<fairlead::result<bool>> done_within(fairlead::duration d);
  /// Blocks until it is done.
  [[nodiscard]] fairlead::result<void> outcome();

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace tool::transfer
