// SPDX-License-Identifier: MIT
// All that a backend must provide. Operations are given to it one by one; each comes back exactly once,
// through loop_core::complete(). No Linux type appears here: a simulated network fits behind it too.
#pragma once

#include <memory>

#include <fairlead/error.hpp>
#include <fairlead/loop.hpp>
#include <fairlead/operation.hpp>
#include <fairlead/task.hpp>

namespace fairlead::detail {

class loop_core;
struct socket_state;

class driver {
 public:
  virtual ~driver() = default;
  [[nodiscard]] virtual backend kind() const noexcept = 0;
  void serve(loop_core& l) noexcept { loop_ = &l; }
  /// How operations begin in a context of the loop where nothing speaks against it: usual_begin() with this
  /// driver's own start().
  [[nodiscard]] virtual begin_function begin() const noexcept = 0;

  /// The calling thread is about to run the loop. False if the driver is bound to another thread.
  virtual bool enter() noexcept = 0;

  /// A socket leaves the loop; nothing of it is in flight. From any thread.
  virtual void detach(socket_state& s) noexcept = 0;

  /// Begins `op` and tells the loop at the end, as a tail call: loop_core::done(op) if it has ended, its code
  /// and count being set; else parked(op), and complete() follows some day. Returns what that returned.
  virtual bool start(io& op) noexcept = 0;
  /// Tries `op` again, which has paused: complete() if it has ended.
  virtual void retry(io& op) noexcept = 0;
  /// `op` shall end soon, with op.asked as the reason unless it has succeeded meanwhile (last_attempt()).
  virtual void cancel(io& op) noexcept = 0;
  /// Does not return before complete() was called for `op`, which has been cancelled.
  virtual void reap(io& op) noexcept = 0;

  /// Sleeps until something happened, wake() was called, or the deadline; time_point::min() never sleeps.
  /// False: nothing has happened.
  virtual bool wait(time_point deadline) = 0;
  /// Ends a wait, now or the next. From any thread.
  virtual void wake() noexcept = 0;
  [[nodiscard]] virtual time_point now() const noexcept { return clock::now(); }

 protected:
  loop_core* loop_ = nullptr;
};

[[nodiscard]] result<std::unique_ptr<driver>> make_epoll_driver();
[[nodiscard]] result<std::unique_ptr<driver>> make_uring_driver();

}  // namespace fairlead::detail
