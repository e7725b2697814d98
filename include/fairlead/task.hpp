// SPDX-License-Identifier: MIT
// task<T>: a lazy coroutine. It runs when awaited, on the loop of whoever awaits it; a task<result<T>> is a
// composed operation too: .wait() runs it on this thread without a loop, .within() and .stop_on() bound it.
#pragma once

#include <coroutine>
#include <cstdint>
#include <exception>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include <fairlead/error.hpp>
#include <fairlead/operation.hpp>
#include <fairlead/promise.hpp>

namespace fairlead {

template <class T = void>
class task;

namespace detail {

/// The bounds that .within() and .stop_on() put on a whole task: a context of its own, with a deadline.
class FAIRLEAD_API bounded_context {
 public:
  bounded_context(time_point deadline, std::stop_token stop) noexcept;
  bounded_context(const bounded_context&) = delete;
  bounded_context& operator=(const bounded_context&) = delete;
  ~bounded_context() = default;
  /// Becomes the current context, under the one that was.
  void enter();
  /// Makes the context that was there before current again.
  void exit() noexcept;

 private:
  friend struct task_context;
  struct limited : task_context {
    context_limits limits;
    limited() noexcept : task_context(kind::bounded) {}
  };
  limited context_;
};

/// Runs a task to its end on this thread, its operations blocking. False on a thread that runs a loop.
FAIRLEAD_API bool run_blocking(std::coroutine_handle<> h, promise_base& p, bounded_context* bounds);

/// The caller of .wait() on a thread that runs a loop gets this instead of a stalled loop.
[[nodiscard]] FAIRLEAD_API error would_deadlock();

}  // namespace detail

template <class T>
class bounded_task;

/// A coroutine that gives a T. Owns its frame; destroying a suspended one cancels what it waits for.
template <class T>
class [[nodiscard]] task {
 public:
  using value_type = T;

  struct promise_type : detail::promise_value<T> {
    [[nodiscard]] task get_return_object() noexcept {
      return task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
  };
  using handle_type = std::coroutine_handle<promise_type>;
  static_assert(alignof(promise_type) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__,
                "g++ 12 allocates no frame for a result of greater alignment");

  task(task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  task& operator=(task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~task() {
    if (handle_) handle_.destroy();
  }

  // Owns the task: what is awaited never outlives those who wait for it.
  class awaiter {
   public:
    explicit awaiter(handle_type h) noexcept : handle_(h) {}
    awaiter(const awaiter&) = delete;
    awaiter& operator=(const awaiter&) = delete;
    ~awaiter() {
      if (handle_) handle_.destroy();
    }
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> waiter) {
      handle_.promise().continuation = waiter;
      return !handle_.promise().start_now(handle_);
    }
    T await_resume() { return handle_.promise().take(); }

   private:
    handle_type handle_;
  };
  [[nodiscard]] awaiter operator co_await() && noexcept { return awaiter(std::exchange(handle_, nullptr)); }

  /// Runs the task on this thread; each operation in it blocks. Needs no event loop.
  [[nodiscard]] T wait() &&
    requires detail::is_result<T>
  {
    if (!detail::run_blocking(handle_, handle_.promise(), nullptr))
      return std::unexpected(detail::would_deadlock());
    return handle_.promise().take();
  }

  /// Bounds everything the task does, however many operations that is.
  [[nodiscard]] bounded_task<T> within(duration d) &&
    requires detail::is_result<T>;
  [[nodiscard]] bounded_task<T> until(time_point t) &&
    requires detail::is_result<T>;
  [[nodiscard]] bounded_task<T> stop_on(std::stop_token token) &&
    requires detail::is_result<T>;

  /// For those who take the coroutine over, and destroy it.
  [[nodiscard]] handle_type release() && noexcept { return std::exchange(handle_, nullptr); }
  /// For those who drive coroutines themselves; the task stays the owner.
  [[nodiscard]] handle_type handle() const noexcept { return handle_; }

 private:
  explicit task(handle_type h) noexcept : handle_(h) {}
  handle_type handle_;
};

/// A task with a deadline, a stop token, or both.
template <class T>
class [[nodiscard]] bounded_task {
 public:
  using value_type = T;

  [[nodiscard]] bounded_task within(duration d) && {
    if (d < span_) span_ = d;
    return std::move(*this);
  }
  [[nodiscard]] bounded_task until(time_point t) && {
    if (t < deadline_) deadline_ = t;
    return std::move(*this);
  }
  [[nodiscard]] bounded_task stop_on(std::stop_token token) && {
    stop_ = std::move(token);
    return std::move(*this);
  }

  [[nodiscard]] T wait() && {
    detail::bounded_context context(due(), std::move(stop_));
    const task<T> body = std::move(task_);  // goes before its context does
    if (!detail::run_blocking(body.handle(), body.handle().promise(), &context)) {
      return std::unexpected(detail::would_deadlock());
    }
    return body.handle().promise().take();
  }

  class awaiter {
   public:
    explicit awaiter(bounded_task&& t) : context_(t.due(), std::move(t.stop_)), task_(std::move(t.task_)) {}
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> waiter) {
      context_.enter();
      task_.handle().promise().continuation = waiter;
      return !task_.handle().promise().start_now(task_.handle());
    }
    T await_resume() {
      context_.exit();
      return task_.handle().promise().take();
    }

   private:
    detail::bounded_context context_;
    task<T> task_;  // goes before its context does
  };
  [[nodiscard]] awaiter operator co_await() && { return awaiter(std::move(*this)); }

  /// The parts, for or_return, which awaits in its own way.
  [[nodiscard]] task<T>&& body() && noexcept { return std::move(task_); }
  [[nodiscard]] std::stop_token token() const noexcept { return stop_; }

 private:
  friend class task<T>;
  explicit bounded_task(task<T>&& t) noexcept : task_(std::move(t)) {}
  bounded_task(bounded_task&&) noexcept = default;

 public:
  [[nodiscard]] time_point due() const {
    if (span_ == duration::max()) return deadline_;
    const time_point now = clock::now();
    const time_point t = span_ > time_point::max() - now ? time_point::max() : now + span_;
    return t < deadline_ ? t : deadline_;
  }

 private:
  task<T> task_;
  duration span_ = duration::max();
  time_point deadline_ = time_point::max();
  std::stop_token stop_;
};

template <class T>
bounded_task<T> task<T>::within(duration d) &&
  requires detail::is_result<T>
{
  return bounded_task<T>(std::move(*this)).within(d);
}
template <class T>
bounded_task<T> task<T>::until(time_point t) &&
  requires detail::is_result<T>
{
  return bounded_task<T>(std::move(*this)).until(t);
}
template <class T>
bounded_task<T> task<T>::stop_on(std::stop_token token) &&
  requires detail::is_result<T>
{
  return bounded_task<T>(std::move(*this)).stop_on(std::move(token));
}

}  // namespace fairlead
