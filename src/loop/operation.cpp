// SPDX-License-Identifier: MIT
// now() and wait(), and how an operation that has ended is worded. start.cpp has co_await.
#include <cerrno>

#include <fairlead/operation.hpp>
#include <fairlead/timer.hpp>

#include "loop/blocking.hpp"
#include "loop/loop_core.hpp"
#include "loop/perform.hpp"
#include "loop/socket_state.hpp"
#include "sys/descriptor.hpp"

namespace fairlead::detail {

namespace {

// An operation of an object that was never opened, or was moved from.
bool has_nothing_to_act_on(io& op) noexcept {
  if (op.target != nullptr || op.what == action::sleep) return false;
  refuse(op, EBADF);
  return true;
}

// Whom the error of `op` speaks of.
error_context_ptr whom(const io& op) {
  if (op.extra != nullptr &&
      (op.what == action::connect ||
       ((op.what == action::send_to || op.what == action::send_batch) && op.target != nullptr))) {
    // A connect that could not even open its socket has the transport in its size.
    const transport t = op.target != nullptr ? op.target->carries : static_cast<transport>(op.size);
    return name_of(t, *static_cast<const endpoint*>(op.extra));
  }
  return op.target != nullptr ? op.target->subject() : error_context_ptr();
}

bool lacks_scope(const io& op) noexcept {
  const bool addressed =
      op.what == action::connect || op.what == action::send_to || op.what == action::send_batch;
  if (!addressed || op.extra == nullptr) return false;
  const endpoint& to = *static_cast<const endpoint*>(op.extra);
  return to.is_ip() && to.ip().address().is_v6() && to.ip().address().is_link_local() &&
         to.ip().address().v6().scope_id() == 0;
}

}  // namespace

void attempt(io& op) {
  if (op.state != phase::idle || has_nothing_to_act_on(op)) return;
  if (op.what == action::sleep) {
    const time_point now = clock::now();
    return refuse(op, static_cast<sleep_operation&>(op).due_from(now) <= now ? 0 : EAGAIN);
  }
  if (op.bounds != nullptr && op.bounds->stop.stop_requested()) return refuse(op, ECANCELED);
  const direction d = direction_of(op);
  if (const int busy = op.target->claim(d); busy != 0) return refuse(op, busy);
  switch (perform(op)) {
    case progress::ended:
    case progress::drained:
    case progress::pause: break;  // a pause carries the code that the kernel gave
    case progress::blocked:
    case progress::again: op.code = EAGAIN;
  }
  op.state = phase::ended;
  part(op);
}

void wait(io& op) {
  if (op.state != phase::idle || has_nothing_to_act_on(op)) return;
  if (loop_core::running() != nullptr) return refuse(op, EDEADLK);
  op.context = nullptr;  // of no task
  wait_here(op);
}

void part_slowly(io& op) noexcept {
  socket_state& s = *op.target;
  if (op.code == 0 && op.is(traits::second_look) && s.is_closing()) {
    // It had succeeded, but what it gives belongs to the socket that goes.
    if (op.what == action::accept) sys::close(static_cast<int>(op.count));
    op.code = ECANCELED;
  }
  if (op.code != 0 && op.code != EAGAIN) {
    try {
      op.fail_about(whom(op));
    } catch (...) {  // no memory for it: the error says less
    }
  } else if (op.what == action::accept) {
    op.size = s.kind_number();
  }
  if (!s.release(direction_of(op))) op.target = nullptr;
}

void io::fail_about(error_context_ptr whom) noexcept {
  if (!whom) return;
  data = const_cast<error_context*>(whom.release());
  state = phase::failed;
}

void io::abandon(io& op) noexcept {
  if (op.state == phase::failed) {
    op.state = phase::ended;
    (void)error_context_ptr::own(static_cast<const error_context*>(std::exchange(op.data, nullptr)));
    if (op.next == nullptr) return;  // else its socket was closed, and its coroutine has not run since
  }
  op.context->loop->abandon(op);
}

error io::why() const {
  const verb v = verb_of(what);
  if (code == EAGAIN) return fairlead::error(errc::operation_would_block, v);
  if (code == EDEADLK) return would_deadlock();
  if (code == homeless) {
    return fairlead::error::about(errc::operation_not_permitted, v, {},
                                  "co_await needs a task that a loop runs; see run()");
  }
  error_context_ptr subject =
      state == phase::failed ? error_context_ptr(static_cast<const error_context*>(data)) : whom(*this);
  if (code == EINVAL && lacks_scope(*this)) {
    return fairlead::error::about(errc::invalid_argument, v,
                                  subject ? subject.get()->subject() : std::string(),
                                  "a link-local address needs its interface, as in fe80::1%eth0");
  }
  const fairlead::error e = code < 0 ? fairlead::error(static_cast<fault>(-code), v, std::move(subject))
                                     : fairlead::error(static_cast<errc>(code), v, std::move(subject));
  return is(traits::composed) && count > 0 ? e.after(count) : e;
}

}  // namespace fairlead::detail
