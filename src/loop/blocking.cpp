// SPDX-License-Identifier: MIT
// wait(): the calling thread sleeps in ppoll(2) until its operation has ended. No loop takes part.
#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <stop_token>

#include <fairlead/task.hpp>
#include <fairlead/timer.hpp>

#include "loop/blocking.hpp"
#include "loop/loop_core.hpp"
#include "loop/perform.hpp"
#include "loop/waker.hpp"
#include "sys/descriptor.hpp"

namespace fairlead::detail {

namespace {

struct poke {
  int waker;
  void operator()() const noexcept {
    if (waker >= 0) sys::add_event(waker);
  }
};

// All that can end a blocking operation early: its own bounds, and those of every task around it.
class bounds_in_force {
 public:
  bounds_in_force(const io& op, int waker) : own_(op.bounds), context_(op.context) {
    if (own_ != nullptr) {
      deadline_ = own_->deadline;
      if (own_->stop.stop_possible()) callback_.emplace(own_->stop, poke{waker});
    }
    for (const task_context* c = context_; c != nullptr; c = c->parent) {
      const limits* const its = c->bounds();
      if (its == nullptr) continue;
      deadline_above_ = std::min(deadline_above_, its->deadline);
      if (its->stop.stop_possible()) {
        above_ = std::make_unique<link>(its->stop, poke{waker}, std::move(above_));
      }
    }
  }
  [[nodiscard]] time_point deadline() const noexcept { return std::min(deadline_, deadline_above_); }
  /// What refuses an operation before it is tried: a stop, or a task that is out of time. Its own deadline
  /// does not: it always gets one attempt.
  [[nodiscard]] int refusal() const noexcept {
    if (stop_requested()) return ECANCELED;
    const bool late = deadline_above_ != time_point::max() && clock::now() >= deadline_above_;
    return late ? ETIMEDOUT : 0;
  }

 private:
  [[nodiscard]] bool stop_requested() const noexcept {
    if (own_ != nullptr && own_->stop.stop_requested()) return true;
    for (const task_context* c = context_; c != nullptr; c = c->parent) {
      const limits* const its = c->bounds();
      if (c->asked == cause::canceled || c->asked == cause::abandoned ||
          (its != nullptr && its->stop.stop_requested()))
        return true;
    }
    return false;
  }
  struct link {
    link(const std::stop_token& t, poke p, std::unique_ptr<link> n) : callback(t, p), next(std::move(n)) {}
    std::stop_callback<poke> callback;
    std::unique_ptr<link> next;
  };
  const limits* own_;
  const task_context* context_;
  time_point deadline_ = time_point::max();
  time_point deadline_above_ = time_point::max();
  std::optional<std::stop_callback<poke>> callback_;
  std::unique_ptr<link> above_;
};

// Without descriptors to spare nobody can wake this thread: it looks around by itself, now and then.
time_point at_the_latest(time_point until, int waker) noexcept {
  constexpr auto look_around = std::chrono::milliseconds(20);
  return waker >= 0 ? until : std::min(until, clock::now() + look_around);
}

void sleep_here(timed_io& op) {
  const int waker = this_threads_waker();
  const bounds_in_force bounds(op, waker);
  const time_point due = static_cast<sleep_operation&>(op).due_from(clock::now());
  for (;;) {
    if (const int refused = bounds.refusal(); refused != 0) return refuse(op, refused);
    const time_point now = clock::now();
    if (now >= due) return refuse(op, 0);
    if (now >= bounds.deadline()) return refuse(op, ETIMEDOUT);
    const time_point until = at_the_latest(std::min(due, bounds.deadline()), waker);
    if (sys::sleep_until_ready(-1, sys::readiness::readable, waker, until)) sys::take_events(waker);
  }
}

}  // namespace

void wait_here(io& op) {
  if (op.what == action::sleep) return sleep_here(static_cast<timed_io&>(op));
  const direction d = direction_of(op);
  socket_state& s = *op.target;
  if (const int busy = s.claim(d); busy != 0) return refuse(op, busy);
  const int waker = this_threads_waker();
  std::atomic<int>& announced = s.waker[static_cast<std::size_t>(d)];
  announced.store(waker);  // before it looks whether the socket is closing, as close() looks after saying so
  const bounds_in_force bounds(op, waker);
  const auto what = d == direction::in ? sys::readiness::readable : sys::readiness::writable;
  const auto must_end = [&] {
    if (s.is_closing()) return ECANCELED;
    if (const int refused = bounds.refusal(); refused != 0) return refused;
    return bounds.deadline() != time_point::max() && clock::now() >= bounds.deadline() ? ETIMEDOUT : 0;
  };
  op.code = bounds.refusal();
  while (op.code == 0) {
    // Tried before anything else is looked at: what came together with a stop or late is delivered (rule 5).
    const progress p = perform(op);
    if (has_ended(p)) break;
    op.code = must_end();
    if (op.code != 0 || p == progress::again) continue;
    if (p != progress::pause) {
      if (sys::sleep_until_ready(s.fd, what, waker, at_the_latest(bounds.deadline(), waker)))
        sys::take_events(waker);
      continue;
    }
    // Only its end or an end of the operation is a reason to try again: not a look around, nor a signal.
    const time_point over = std::min(clock::now() + pause_for(op), bounds.deadline());
    while (op.code == 0 && clock::now() < over) {
      if (sys::sleep_until_ready(-1, what, waker, at_the_latest(over, waker))) sys::take_events(waker);
      op.code = must_end();
    }
  }
  announced.store(-1, std::memory_order_release);
  op.state = phase::ended;
  part(op);
}

bool run_blocking(std::coroutine_handle<> h, promise_base& p, bounded_context* bounds) {
  if (loop_core::running() != nullptr) return false;
  task_context root;
  task_context* const before = current_context();
  set_current_context(&root);
  if (bounds != nullptr) bounds->enter();
  h.resume();
  // Unfinished, it waits for tasks that it spawned: the scope that holds them brought a loop along.
  if (!p.finished && root.loop != nullptr) (void)root.loop->run(root, nullptr, p.finished);
  if (bounds != nullptr) bounds->exit();
  // A task that ended within a scope still owns that scope's tasks: they lose their parent before we go.
  while (root.first_child != nullptr) root.first_child->leave();
  set_current_context(before);
  return true;
}

loop_core* loop_for_blocking_tasks() {
  thread_local std::unique_ptr<loop_core> mine;
  if (mine == nullptr) {
    auto made = loop_core::create({.backend = backend::epoll});
    if (!made) return nullptr;
    mine = std::move(*made);
  }
  return mine.get();
}

error would_deadlock() {
  return error::about(errc::resource_deadlock_would_occur, verb::wait, {},
                      "this thread is running a loop, which waiting would stall; use co_await");
}

}  // namespace fairlead::detail
