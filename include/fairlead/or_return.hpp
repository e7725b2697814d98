// SPDX-License-Identifier: MIT
// co_await or_return(x): the value of x, or end the enclosing task<result<T>> here with x's error.
// x is an operation, a task<result<T>>, or a result<T>. No exception is thrown: on an error the awaiting
// frame is simply never resumed; its owner destroys it, and its locals are destroyed as on a return.
#pragma once

#include <coroutine>
#include <utility>

#include <fairlead/error.hpp>
#include <fairlead/operation.hpp>
#include <fairlead/task.hpp>

namespace fairlead {

namespace detail {

/// The promise of a task<result<T>>, which can end with an error.
template <class Promise>
concept ends_with_errors =
    std::is_base_of_v<promise_base, Promise> && requires(Promise& p, error e) { p.fail(std::move(e)); };

/// Ends the task behind `h`, a task<result<T>>, with `e`; what to resume next.
inline std::coroutine_handle<> end_with(std::coroutine_handle<> h, error e) {
  promise_base& p = promise_base::of(h);
  p.kind->fail(p, std::move(e));
  return p.finish();
}

template <class Awaiter>
class or_return_leaf;

/// For leaf operations: the loop looks at the outcome, and resumes the frame only if it is no error.
template <class Op>
class or_return_leaf<leaf_awaiter<Op>> {
 public:
  explicit or_return_leaf(Op& op) noexcept : op_(op) { op_.ends_task = true; }
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <ends_with_errors Promise>
  bool await_suspend(std::coroutine_handle<Promise> h) {
    if (start(op_, h)) return true;
    if (!op_.failed()) return false;
    // This frame may be gone when end_with() returns, and nothing of it is looked at any more.
    end_with(h, op_.why()).resume();
    return true;
  }
  auto await_resume() -> typename Op::value_type {
    if constexpr (std::is_void_v<typename Op::value_type>) {
      (void)op_.take();
    } else {
      return std::move(*op_.take());
    }
  }

 private:
  Op& op_;
};

/// For tasks: the inner task passes its error to the awaiting one when it finishes. Owns the inner task.
template <class T>
class or_return_task {
 public:
  explicit or_return_task(task<T>&& t, bounded_context* bounds = nullptr) noexcept
      : inner_(std::move(t)), bounds_(bounds) {}
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <ends_with_errors Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> outer) {
    auto& p = inner_.handle().promise();
    p.continuation = outer;
    p.tells = promise_base::audience::task;
    p.bounds = bounds_;
    if (bounds_ != nullptr) bounds_->enter();
    if (!p.start_now(inner_.handle())) return std::noop_coroutine();
    error* const failed = p.failure();
    if (failed == nullptr) return outer;
    if (bounds_ != nullptr) bounds_->exit();
    return end_with(outer, std::move(*failed));
  }
  auto await_resume() -> typename T::value_type {
    if (bounds_ != nullptr) bounds_->exit();
    T r = inner_.handle().promise().take();
    if constexpr (!std::is_void_v<typename T::value_type>) return std::move(*r);
  }

 private:
  task<T> inner_;
  bounded_context* bounds_;
};

// The context is the first base: the task in the second one goes before it does.
template <class T>
class or_return_bounded_task : private bounded_context, public or_return_task<T> {
 public:
  explicit or_return_bounded_task(bounded_task<T>&& t)
      : bounded_context(t.due(), t.token()), or_return_task<T>(std::move(t).body(), this) {}
};

/// For results that are there already.
template <class T>
class or_return_result {
 public:
  explicit or_return_result(result<T>&& r) noexcept : result_(std::move(r)) {}
  [[nodiscard]] bool await_ready() const noexcept { return result_.has_value(); }
  template <ends_with_errors Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> h) {
    return end_with(h, std::move(result_.error()));
  }
  T await_resume() {
    if constexpr (!std::is_void_v<T>) return std::move(*result_);
  }

 private:
  result<T> result_;
};

}  // namespace detail

template <class Op>
  requires requires(Op&& op) { std::move(op).operator co_await().operation(); }
[[nodiscard]] auto or_return(Op&& op) {
  auto& leaf = std::move(op).operator co_await().operation();
  return detail::or_return_leaf<detail::leaf_awaiter<std::remove_reference_t<decltype(leaf)>>>(leaf);
}

template <class T>
[[nodiscard]] auto or_return(task<result<T>>&& t) {
  return detail::or_return_task<result<T>>(std::move(t));
}

template <class T>
[[nodiscard]] auto or_return(bounded_task<result<T>>&& t) {
  return detail::or_return_bounded_task<result<T>>(std::move(t));
}

template <class T>
[[nodiscard]] auto or_return(result<T>&& r) {
  return detail::or_return_result<T>(std::move(r));
}
template <class T>
[[nodiscard]] auto or_return(result<T>& r) = delete;  // move it: its error would be taken

}  // namespace fairlead
