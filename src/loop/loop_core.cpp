// SPDX-License-Identifier: MIT
#include "loop/loop_core.hpp"

#include <cerrno>

#include <fairlead/or_return.hpp>
#include <fairlead/timer.hpp>

#include "loop/perform.hpp"
#include "sys/descriptor.hpp"
#include "sys/thread.hpp"

namespace fairlead::detail {

namespace {

thread_local loop_core* running_here = nullptr;

}  // namespace

int code_of(cause why) noexcept { return why == cause::timed_out ? ETIMEDOUT : ECANCELED; }

loop_core::loop_core(std::unique_ptr<driver> d, const loop_options& o)
    : driver_(std::move(d)),
      begin_(driver_->begin()),
      timers_(driver_->now()),
      poller_(o.polling, o.polling_bound) {
  driver_->serve(*this);
  root.runs_on(*this);
}

loop_core::~loop_core() {
  {
    const std::lock_guard lock(visits());
    for (const attachment& s : slots_) {
      if (s.state != nullptr) s.state->loop.store(nullptr, std::memory_order_release);
    }
  }
  read_inbox();  // nothing comes any more but what users post
}

std::mutex& loop_core::visits() noexcept {
  static std::mutex guard;
  return guard;
}

loop_core* loop_core::running() noexcept { return running_here; }
bool loop_core::is_here() const noexcept {
  const std::thread::id home = home_.load(std::memory_order_acquire);
  return home == std::thread::id() || home == std::this_thread::get_id();
}

std::optional<error> loop_core::run(task_context& context, std::coroutine_handle<> first,
                                    const bool& finished) {
  if (running_here != nullptr) return would_deadlock();
  if (!driver_->enter()) {
    return error::about(errc::operation_not_permitted, verb::run, {},
                        "this loop belongs to the thread that ran it first");
  }
  home_.store(std::this_thread::get_id(), std::memory_order_release);
  // A coroutine of somebody else's making may throw through here.
  struct visit {
    task_context* const before = context_here;
    explicit visit(loop_core* l) noexcept { running_here = l; }
    visit(const visit&) = delete;
    visit& operator=(const visit&) = delete;
    ~visit() { context_here = before, running_here = nullptr; }
  } const here(this);
  if (first) {
    context_here = &context;
    inline_left_ = inline_budget;
    first.resume();
  }
  while (!finished) {
    context_here = &root;  // for what others posted
    if (mail_.load(std::memory_order_acquire)) read_inbox();
    if (!timers_.empty()) timers_.expire(driver_->now());
    for (unsigned n = 0; n < rounds_in_a_turn && !ready_.empty() && !finished; ++n) run_ready();
    if (finished) break;
    if (ready_.empty()) {
      wait();
    } else {
      driver_->wait(time_point::min());
    }
  }
  return std::nullopt;
}

// There is nothing to do until something happens or a timer is due.
void loop_core::wait() {
  const time_point due = timers_.empty() ? time_point::max() : timers_.next();
  if (!poller_.watches()) {
    driver_->wait(due);
    return;
  }
  const time_point idle_since = driver_->now();
  const duration window = poller_.next_window();
  if (window > duration::zero()) {
    if (poll_until(window < due - idle_since ? idle_since + window : due)) return;
  }
  driver_->wait(due);
  poller_.slept(driver_->now() - idle_since);
}

// True: something happened, or there is a timer to look after.
bool loop_core::poll_until(time_point limit) {
  // So often the core is offered to others; it was taken if the clock jumps by so much.
  constexpr auto between_offers = std::chrono::microseconds(5);
  constexpr auto jump = std::chrono::microseconds(25);
  time_point before = driver_->now();
  time_point next_offer = before + between_offers;
  for (;;) {
    if (driver_->wait(time_point::min()) || has_mail()) {
      poller_.found();
      return true;
    }
    time_point now = driver_->now();
    if (now >= next_offer) {
      sys::offer_core();
      now = driver_->now();
      next_offer = now + between_offers;
    }
    if (now - before > jump) {
      poller_.was_in_the_way();
      return false;
    }
    if (now >= limit) return false;
    before = now;
  }
}

// Only what is ready now: what becomes ready meanwhile waits for the kernel and the timers to have a say.
void loop_core::run_ready() {
  taken_list<runnable> batch(ready_);
  while (!batch.empty()) resume(batch.pop_front());
}

void loop_core::pause(io& op) noexcept {
  auto& timed = static_cast<timed_io&>(op);
  timed.alarm.op = &timed;
  timed.alarm.fire = &end_of_pause;
  timers_.arm(timed.alarm, driver_->now() + pause_for(op));
}

void loop_core::end_of_pause(timer_node& alarm) {
  timed_io& op = *static_cast<timed_io::alarm_node&>(alarm).op;
  op.context->loop->driver_->retry(op);
}

// It failed, gives something of its socket, or has none: a sleep, or what a closing socket has evicted.
void loop_core::conclude_oddly(io& op) noexcept {
  if (op.state != phase::failed) op.state = phase::ended;
  if (op.target == nullptr) return;
  op.target->active[static_cast<std::size_t>(direction_of(op))] = nullptr;
  part(op);
}

// The coroutine, a task, ends with the error of its operation; its frame may go with that.
void loop_core::end_task(io& op) { end_with(op.waiter, op.why()).resume(); }

void loop_core::cancel(io& op, cause why) noexcept {
  if (op.state != phase::in_flight || op.asked != cause::none) return;
  op.asked = why;
  if (waits_for_the_clock(op)) {
    timers_.cancel(static_cast<timed_io&>(op).alarm);
    op.code = code_of(why);
    complete(op);
    return;
  }
  driver_->cancel(op);
}

void loop_core::cancel_again() noexcept {
  // Nothing joins or leaves meanwhile but from other threads, and those touch no operation of ours.
  const std::lock_guard lock(attachments_);
  for (const attachment& a : slots_) {
    if (a.state == nullptr) continue;
    for (io* const op : a.state->active) {
      if (op != nullptr && op->state == phase::in_flight && op->asked != cause::none &&
          !waits_for_the_clock(*op)) {
        driver_->cancel(*op);
      }
    }
  }
}

// Nobody will take what the operation would still bring: it ends now, and the kernel lets go of it.
void loop_core::take_back(io& op) noexcept {
  if (op.state != phase::in_flight) return;
  if (op.asked == cause::none) {
    cancel(op, cause::abandoned);
  } else {
    op.asked = cause::abandoned;
  }
  if (op.state == phase::in_flight) driver_->reap(op);
}

void loop_core::evict(io& op) noexcept {
  take_back(op);
  if (op.target == nullptr) return;
  op.target->active[static_cast<std::size_t>(direction_of(op))] = nullptr;
  part(op);
  op.target = nullptr;
  op.has |= traits::second_look;
}

// The coroutine goes while it waits. What the kernel still holds of it is taken back first; what had arrived
// stays with the socket, for the next operation.
void loop_core::abandon(io& op) noexcept {
  if (op.what == action::sleep && op.state == phase::in_flight) {  // nobody but the wheel knows of it
    timers_.cancel(static_cast<timed_io&>(op).alarm);
    settle(op);
    op.state = phase::ended;
    return;
  }
  take_back(op);
  if (op.next != nullptr) unlink(static_cast<runnable&>(op));
  op.state = phase::ended;
  socket_state* const s = op.target;
  if (s == nullptr) return;
  keep_for_next(op);
  const direction d = direction_of(op);
  s->active[static_cast<std::size_t>(d)] = nullptr;
  s->release(d);
}

int loop_core::join(socket_state& s) noexcept {
  const std::lock_guard one_at_a_time(visits());  // two loops may want the same socket at once
  if (loop_core* const was = s.loop.load(); was != nullptr) {
    constexpr std::uint8_t both = socket_state::receiving | socket_state::sending;
    if ((s.busy.load() & both) == both) return EBUSY;
    was->detach(s);
  }
  {
    const std::lock_guard lock(attachments_);
    if (free_slots_.empty()) {
      s.slot = static_cast<std::uint32_t>(slots_.size());
      slots_.emplace_back();
      free_slots_.reserve(slots_.size());  // so that detach() cannot fail
    } else {
      s.slot = free_slots_.back();
      free_slots_.pop_back();
    }
    slots_[s.slot].state = &s;
    s.ready[0] = s.ready[1] = true;
    s.registered = false;
  }
  s.loop.store(this);
  // Whoever closed the socket meanwhile on another thread may not have seen whom to tell.
  if (!s.is_closing()) return 0;
  detach(s);
  return ECANCELED;
}

void loop_core::detach(socket_state& s) noexcept {
  driver_->detach(s);
  forget(s);
}

void loop_core::forget(socket_state& s) noexcept {
  const std::lock_guard lock(attachments_);
  slots_[s.slot].state = nullptr;
  ++slots_[s.slot].generation;
  free_slots_.push_back(s.slot);
  s.loop.store(nullptr, std::memory_order_release);
}

void loop_core::deliver(inbox_node& n) noexcept {
  {
    const std::lock_guard lock(inbox_guard_);
    if (n.queued) return;
    n.queued = true;
    inbox_.push_back(n);
    mail_.store(true, std::memory_order_seq_cst);
    // Within the lock: what was delivered may be what the loop's end waits for.
    driver_->wake();
  }
}

void loop_core::withdraw(inbox_node& n) noexcept {
  const std::lock_guard lock(inbox_guard_);
  if (!n.queued) return;
  n.queued = false;
  unlink(n);
}

void loop_core::read_inbox() noexcept {
  // What arrives while these are delivered waits for the next turn.
  intrusive_list<inbox_node> batch;
  {
    const std::lock_guard lock(inbox_guard_);
    batch.take(inbox_);
    mail_.store(false, std::memory_order_seq_cst);
  }
  for (;;) {
    inbox_node* n = nullptr;
    {
      const std::lock_guard lock(inbox_guard_);  // withdraw() may empty the batch meanwhile
      if (batch.empty()) return;
      n = &batch.pop_front();
      n->queued = false;
    }
    n->deliver(*n);
  }
}

}  // namespace fairlead::detail
