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

#include "loop/driver.hpp"
#include "loop/intrusive_list.hpp"
#include "loop/socket_state.hpp"
#include "loop/timer_wheel.hpp"

namespace fairlead::detail {

class loop_core {
 public:
  static result<std::unique_ptr<loop_core>> create(backend wanted);
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
  bool start(io& op);
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
  /// `op` has ended: its direction is free again, and its coroutine will run.
  void complete(io& op) noexcept;
  /// `op`, which is in flight, is started again after a pause.
  void pause(io& op) noexcept;
  /// True of an operation that pauses or sleeps: nothing but its alarm, or its end, moves it on.
  [[nodiscard]] static bool waits_for_the_clock(io& op) noexcept;
  [[nodiscard]] socket_state* at(std::uint32_t slot, std::uint32_t generation) const noexcept {
    return slot < slots_.size() && slots_[slot].generation == generation ? slots_[slot].state : nullptr;
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
  explicit loop_core(std::unique_ptr<driver> d);
  int attach(socket_state& s) noexcept;
  void forget(socket_state& s) noexcept;
  bool start_sleep(timed_io& op);
  void arm(io& op);
  void unbind(io& op) noexcept;
  void take_back(io& op) noexcept;
  void conclude(io& op) noexcept;
  void resume(runnable& r);
  void run_ready();
  void read_inbox() noexcept;
  static void retry(timer_node& alarm);
  static void awake(timer_node& alarm);

  struct attachment {
    socket_state* state = nullptr;
    std::uint32_t generation = 0;
  };
  std::unique_ptr<driver> driver_;
  intrusive_list<runnable> ready_;
  timer_wheel timers_;
  std::atomic<std::thread::id> home_;
  unsigned inline_left_ = 0;  // operations that may still end at once in this resumption (fairness)

  std::mutex inbox_guard_;
  intrusive_list<inbox_node> inbox_;
  std::atomic<bool> mail_{false};

  mutable std::mutex attachments_;
  std::vector<attachment> slots_;
  std::vector<std::uint32_t> free_slots_;
};

/// errno for what an operation was asked to end with.
[[nodiscard]] int code_of(cause why) noexcept;

}  // namespace fairlead::detail
