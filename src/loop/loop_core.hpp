// SPDX-License-Identifier: MIT
// The loop behind fairlead::loop: a queue of what is ready, a timer wheel, an inbox for other threads, and
// one driver that waits for the kernel.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <fairlead/loop.hpp>
#include <fairlead/operation.hpp>
#include <fairlead/task.hpp>

#include "loop/context.hpp"
#include "loop/driver.hpp"
#include "loop/intrusive_list.hpp"
#include "loop/poller.hpp"
#include "loop/socket_state.hpp"
#include "loop/timer_wheel.hpp"

namespace fairlead::detail {

class loop_core {
 public:
  static result<std::unique_ptr<loop_core>> create(const loop_options& wanted);
  loop_core(const loop_core&) = delete;
  loop_core& operator=(const loop_core&) = delete;
  ~loop_core();

  [[nodiscard]] backend kind() const noexcept { return driver_->kind(); }
  /// The loop that this thread is running, or null.
  [[nodiscard]] static loop_core* running() noexcept;

  /// Runs until `finished` turns true. Errors: already running a loop here, or not this loop's thread.
  std::optional<error> run(task_context& root, std::coroutine_handle<> first, const bool& finished);
  task_context root;

  // For operations, on the loop's thread.
  [[nodiscard]] begin_function begin() const noexcept { return begin_; }
  template <class Driver>
  friend bool usual_begin(io& op, std::coroutine_handle<> waiter, task_context& here);
  friend bool begin_with_care(io& op, std::coroutine_handle<> waiter, task_context& context);
  void cancel(io& op, cause why) noexcept;
  void abandon(io& op) noexcept;
  /// The socket closes: `op` ends now, whatever it takes, and no longer refers to it.
  void evict(io& op) noexcept;
  /// True on the thread that runs this loop, or ran it last.
  [[nodiscard]] bool is_here() const noexcept;
  void enqueue(runnable& r) noexcept { ready_.push_back(r); }
  timer_wheel& timers() noexcept { return timers_; }
  [[nodiscard]] time_point now() const noexcept { return driver_->now(); }

  // For drivers.
  /// `op`, which has been begun, goes on. True: its coroutine is suspended.
  static bool parked(io& op) noexcept { return parked(op, direction_of(op)); }
  /// The same of a usual one.
  static bool parked_usual(io& op, socket_state& s, direction d) noexcept {
    s.active[static_cast<std::size_t>(d)] = &op;
    op.state = phase::in_flight;
    op.context->current = &op;
    return true;
  }
  static bool parked(io& op, direction d) noexcept {
    op.target->active[static_cast<std::size_t>(d)] = &op;
    op.state = phase::in_flight;
    op.context->current = &op;
    if (op.is(traits::bounded)) [[unlikely]] {
      return arm(op);
    }
    return true;
  }
  /// `op` has ended where it began. False: its coroutine goes on at once.
  bool done(io& op) noexcept {
    if (inline_left_ == 0) [[unlikely]] {
      return queued(op);
    }
    --inline_left_;
    op.state = phase::ended;
    return part(op), false;
  }
  /// done() of a usual one that has succeeded, if it may: false if others come first.
  bool done_usual(io& op, socket_state& s, direction d) noexcept {
    if (inline_left_ == 0) [[unlikely]] {
      return false;
    }
    --inline_left_;
    op.state = phase::ended;
    if (!s.release(d)) op.target = nullptr;
    return true;
  }
  /// `op` has ended where it began, but has had its share: others come first.
  bool queued(io& op) noexcept;
  /// `op` has ended: its coroutine will run, and then its direction is free again.
  void complete(io& op) noexcept {
    settle(op);
    op.state = phase::ready;
    ready_.push_back(op);
  }
  /// The same where nothing of the loop's users is on the stack: its coroutine runs now.
  void complete_here(io& op) {
    settle(op);
    resume_from(op);
  }
  /// The same of a usual one that has succeeded.
  void complete_usual_here(io& op, direction d) {
    task_context& context = *op.context;
    context.current = nullptr;
    context_here = &context;
    inline_left_ = inline_budget;
    op.state = phase::ended;
    give_back(op, d);
    op.waiter.resume();
  }
  /// A large piece was moved, and nobody waits for a short answer.
  void moved_much() noexcept { poller_.moved_much(); }
  /// Some of the operations that were cancelled go on all the same: they are cancelled once more.
  void cancel_again() noexcept;
  /// `op`, which is in flight, is started again after a pause.
  void pause(io& op) noexcept;
  /// True of an operation that pauses or sleeps: nothing but its alarm, or its end, moves it on.
  [[nodiscard]] static bool waits_for_the_clock(const io& op) noexcept {
    return op.is(traits::timed) && static_cast<const timed_io&>(op).alarm.armed;
  }
  /// Who is at `slot`, which was given to somebody once; null if that one has left.
  [[nodiscard]] socket_state* at(std::uint32_t slot, std::uint32_t generation) const noexcept {
    return slots_[slot].generation == generation ? slots_[slot].state : nullptr;
  }
  [[nodiscard]] std::uint32_t generation(std::uint32_t slot) const noexcept {
    return slots_[slot].generation;
  }
  /// Held by a driver while it follows slots: sockets can leave from other threads.
  [[nodiscard]] std::mutex& attachments() noexcept { return attachments_; }
  /// Something waits in the inbox: a driver must not sleep.
  [[nodiscard]] bool has_mail() const noexcept { return mail_.load(std::memory_order_seq_cst); }

  // From any thread.
  /// Held while a thread other than a socket's loop's follows socket_state::loop, which would else go
  /// meanwhile.
  [[nodiscard]] static std::mutex& visits() noexcept;
  void deliver(inbox_node& n) noexcept;
  void withdraw(inbox_node& n) noexcept;
  /// The socket leaves this loop; nothing of it is in flight.
  void detach(socket_state& s) noexcept;

 private:
  loop_core(std::unique_ptr<driver> d, const loop_options& o);
  /// The socket becomes this loop's; 0 or an errno value.
  int attach(socket_state& s) noexcept {
    return s.loop.load(std::memory_order_acquire) == this ? 0 : join(s);
  }
  int join(socket_state& s) noexcept;
  void forget(socket_state& s) noexcept;
  bool start_claimed(io& op);
  bool start_sleep(timed_io& op);
  static bool arm(io& op) noexcept;
  void take_back(io& op) noexcept;
  // Nothing can end it early any more.
  static void settle(io& op) noexcept {
    op.context->current = nullptr;
    if (op.is(traits::bounded)) [[unlikely]] {
      op.bounds->disarm();
    }
  }
  void resume(runnable& r) {
    if (r.state != phase::none) return resume_from(static_cast<io&>(r));
    inline_left_ = inline_budget;
    context_here = r.context;
    r.waiter.resume();
  }
  // An operation's coroutine has its direction back before it goes on.
  void resume_from(io& op) {
    inline_left_ = inline_budget;
    context_here = op.context;
    if (op.code != 0 || op.is(traits::second_look)) [[unlikely]] {
      conclude_oddly(op);
      return op.code != 0 && op.ends_task ? end_task(op) : op.waiter.resume();
    }
    op.state = phase::ended;
    give_back(op, direction_of(op));
    op.waiter.resume();
  }
  static void give_back(io& op, direction d) noexcept {
    socket_state& s = *op.target;
    s.active[static_cast<std::size_t>(d)] = nullptr;
    if (!s.release(d)) op.target = nullptr;
  }
  static void conclude_oddly(io& op) noexcept;
  static void end_task(io& op);
  void run_ready();
  void wait();
  bool poll_until(time_point limit);
  void read_inbox() noexcept;
  static void end_of_pause(timer_node& alarm);
  static void awake(timer_node& alarm);

  struct attachment {
    socket_state* state = nullptr;
    std::uint32_t generation = 0;
  };
  const std::unique_ptr<driver> driver_;
  const begin_function begin_;
  intrusive_list<runnable> ready_;
  timer_wheel timers_;
  poller poller_;
  std::atomic<std::thread::id> home_;
  // Operations that may end at once before the task that starts them lets others run (rule 13).
  static constexpr unsigned inline_budget = 8;
  unsigned inline_left_ = 0;
  // What became ready meanwhile is resumed so often before the kernel and the timers have a say.
  static constexpr unsigned rounds_in_a_turn = 3;

  std::mutex inbox_guard_;
  intrusive_list<inbox_node> inbox_;
  std::atomic<bool> mail_{false};

  mutable std::mutex attachments_;
  std::vector<attachment> slots_;
  std::vector<std::uint32_t> free_slots_;
};

/// Begins an operation where every message passes, twice: what is usual in few instructions, all else with
/// care. `Driver` is the loop's; its start_usual() is start() for what is plain and not bounded.
template <class Driver>
[[gnu::always_inline]] inline bool usual_begin(io& op, std::coroutine_handle<> waiter, task_context& here) {
  loop_core& l = *here.loop;
  socket_state* const s = op.target;
  const direction d = direction_of(op);
  if ((op.has & (traits::plain | traits::bounded)) != traits::plain) [[unlikely]] {
    return begin_with_care(op, waiter, here);
  }
  if (s == nullptr || s->loop.load(std::memory_order_acquire) != &l || !s->claim_at_once(d)) [[unlikely]] {
    return begin_with_care(op, waiter, here);
  }
  op.context = &here;
  op.waiter = waiter;
  return static_cast<Driver&>(*l.driver_).start_usual(op, *s, d);
}

/// errno for what an operation was asked to end with.
[[nodiscard]] int code_of(cause why) noexcept;

}  // namespace fairlead::detail
