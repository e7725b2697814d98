// SPDX-License-Identifier: MIT
// Where co_await begins an operation: by its context's own function, which for most is usual_begin(), or with
// care.
#include <cerrno>

#include <fairlead/operation.hpp>
#include <fairlead/timer.hpp>

#include "loop/blocking.hpp"
#include "loop/context.hpp"
#include "loop/loop_core.hpp"
#include "loop/socket_state.hpp"

namespace fairlead::detail {

bool start(io& op, std::coroutine_handle<> waiter) {
  task_context& context = *context_here;
  return context.begin(op, waiter, context);
}

bool begin_with_care(io& op, std::coroutine_handle<> waiter, task_context& context) {
  op.context = &context;
  op.waiter = waiter;
  if (&context == &nowhere) return refuse(op, io::homeless), false;
  if (op.state != phase::idle) return false;  // refused before it began
  const bool sleeps = op.what == action::sleep;
  if (!sleeps && op.target == nullptr) return refuse(op, EBADF), false;  // never opened, or moved from
  if (context.loop == nullptr) return wait_here(op), false;
  // A stop, or a task that is out of time, refuses an operation before it is tried.
  if (context.asked != cause::none) return refuse(op, code_of(context.asked)), false;
  if (op.bounds != nullptr && op.bounds->stop.stop_requested()) return refuse(op, ECANCELED), false;
  if (sleeps) return context.loop->start_sleep(static_cast<timed_io&>(op));
  if (const int busy = op.target->claim(direction_of(op)); busy != 0) return refuse(op, busy), false;
  return context.loop->start_claimed(op);
}

bool loop_core::start_claimed(io& op) {
  if (const int failed = attach(*op.target); failed != 0) {
    refuse(op, failed);
    return part(op), false;
  }
  return driver_->start(op);
}

bool loop_core::start_sleep(timed_io& op) {
  op.state = phase::in_flight;
  op.alarm.op = &op;
  op.alarm.fire = &awake;
  timers_.arm(op.alarm, static_cast<sleep_operation&>(op).due_from(driver_->now()));
  op.context->current = &op;
  if (op.bounds != nullptr) arm(op);
  return true;
}

void loop_core::awake(timer_node& alarm) {
  timed_io& op = *static_cast<timed_io::alarm_node&>(alarm).op;
  op.context->loop->complete(op);
}

bool loop_core::queued(io& op) noexcept {
  op.target->active[static_cast<std::size_t>(direction_of(op))] = &op;
  op.state = phase::ready;
  ready_.push_back(op);
  return true;
}

bool loop_core::arm(io& op) noexcept {
  op.bounds->op = &op;
  op.bounds->arm(*op.context->loop, [](limits& l, cause why) {
    io& expired = *static_cast<op_limits&>(l).op;
    expired.context->loop->cancel(expired, why);
  });
  return true;
}

}  // namespace fairlead::detail
