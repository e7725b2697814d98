// SPDX-License-Identifier: MIT
// What a coroutine of the library consists of: the context that it runs in, and the promise that keeps its
// outcome. For task.hpp, scope.hpp and or_return.hpp.
#pragma once

#include <coroutine>
#include <cstdint>
#include <exception>
#include <new>
#include <type_traits>
#include <utility>

#include <fairlead/error.hpp>
#include <fairlead/operation.hpp>

namespace fairlead::detail {

template <class T>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<std::expected<T, error>> = true;

struct context_limits;

/// How an operation begins in some context: start() with all that it looks at.
using begin_function = bool (*)(io&, std::coroutine_handle<>, task_context&);
/// Looks at everything: whether there is a loop, whether the context was asked to stop.
FAIRLEAD_API bool begin_with_care(io& op, std::coroutine_handle<> waiter, task_context& context);

/// What a chain of tasks that await each other shares: where it runs, and whether it was asked to stop.
/// Contexts form a tree; a request to stop goes down, never up.
struct FAIRLEAD_API task_context {
  enum class kind : std::uint8_t { plain, scope, bounded };

  begin_function begin = &begin_with_care;  // the loop's own where nothing speaks against beginning
  loop_core* loop = nullptr;                // none: operations block the thread
  task_context* parent = nullptr;
  task_context* first_child = nullptr;
  task_context* next_sibling = nullptr;
  task_context* previous_sibling = nullptr;
  io* current = nullptr;  // the leaf operation this chain is suspended in
  cause asked = cause::none;
  const kind what = kind::plain;

  constexpr task_context() noexcept = default;
  constexpr explicit task_context(kind k) noexcept : what(k) {}
  task_context(const task_context&) = delete;
  task_context& operator=(const task_context&) = delete;
  ~task_context() {
    if (parent != nullptr) leave();
  }
  /// Becomes a child of `above`; inherits its loop and a stop already asked for.
  void enter(task_context& above) noexcept;
  void leave() noexcept;
  /// Operations in this context run on `l` from now on.
  void runs_on(loop_core& l) noexcept;
  /// Operations that begin here from now on are refused.
  void ask(cause why) noexcept { asked = why, begin = &begin_with_care; }
  /// Whether an operation that began here now would be refused, rather than tried.
  [[nodiscard]] bool refuses() const noexcept;
  /// Asks every operation at or below this context to end, now and in future. On the loop's thread.
  void stop(cause why) noexcept;
  /// What bounds this context itself; null if nothing does. Blocking waits look at every bound above them.
  [[nodiscard]] context_limits* bounds() noexcept;
  [[nodiscard]] const context_limits* bounds() const noexcept {
    return const_cast<task_context*>(this)->bounds();
  }
  /// Has its bounds, if there are any, watched by the loop.
  void watch_bounds();
};

/// The context of the code now running on this thread; null outside of tasks.
FAIRLEAD_API task_context* current_context() noexcept;
FAIRLEAD_API void set_current_context(task_context* c) noexcept;

/// Frames come from a per-thread pool: in steady state a call of a task allocates nothing.
FAIRLEAD_API void* allocate_frame(std::size_t bytes);
FAIRLEAD_API void free_frame(void* frame, std::size_t bytes) noexcept;

struct context_limits : limits {
  task_context* context = nullptr;
};

class bounded_context;

struct promise_base;

/// What a promise can do that depends on its type.
struct promise_kind {
  void (*fail)(promise_base&, error&&);       // it holds this error now
  error* (*failure)(promise_base&) noexcept;  // the error that it holds, or null
  std::exception_ptr (*thrown)(promise_base&) noexcept;
};

/// A task with an error has finished whose outcome goes somewhere: whom to resume.
FAIRLEAD_API std::coroutine_handle<> pass_on(promise_base& p);

struct promise_base {
  enum class outcome : std::uint8_t { none, value, exception };
  /// Who learns of an error: the awaiting coroutine, which looks for itself; the awaiting task, which ends
  /// with it (or_return); a scope.
  enum class audience : std::uint8_t { awaiter, task, scope };

  std::coroutine_handle<> continuation;  // resumed when the task has its result
  const promise_kind* const kind;
  bounded_context* bounds = nullptr;  // to be left before an error is passed on
  bool finished = false;
  bool starting = false;  // the awaiting task is still on the stack below us
  outcome holds = outcome::none;
  audience tells = audience::awaiter;

  explicit promise_base(const promise_kind& k) noexcept : kind(&k) {}
  /// The promise of a task, whatever it gives.
  [[nodiscard]] static promise_base& of(std::coroutine_handle<> t) noexcept {
    return std::coroutine_handle<promise_base>::from_address(t.address()).promise();
  }

  static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept { free_frame(frame, bytes); }

  [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }

  /// The task has its result. Returns what to resume.
  std::coroutine_handle<> finish() noexcept {
    finished = true;
    if (starting) return std::noop_coroutine();  // start_now() below us goes on
    return after();
  }
  std::coroutine_handle<> after() {
    if (tells != audience::awaiter) return pass_on(*this);
    return continuation ? continuation : std::noop_coroutine();
  }
  /// Runs until the first suspension; true if it finished. Not a symmetric transfer: without optimisation
  /// those nest, and a loop over tasks that finish at once would overflow the stack.
  bool start_now(std::coroutine_handle<> self) {
    starting = true;
    self.resume();
    starting = false;
    return finished;
  }

  struct final_awaiter {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> h) noexcept {
      return h.promise().finish();
    }
    void await_resume() const noexcept {}
  };
  [[nodiscard]] final_awaiter final_suspend() const noexcept { return {}; }
};

template <class Promise>
inline constexpr promise_kind as_kind{
    [](promise_base& p, error&& e) {
      if constexpr (requires(Promise& own) { own.fail(std::move(e)); })
        static_cast<Promise&>(p).fail(std::move(e));
    },
    [](promise_base& p) noexcept { return static_cast<Promise&>(p).failure(); },
    [](promise_base& p) noexcept { return static_cast<Promise&>(p).thrown(); }};

/// The outcome shares its place, for a frame lives as long as a connection: a value or an exception.
template <class T>
struct promise_value : promise_base {
  promise_value() noexcept : promise_base(as_kind<promise_value>) {}
  promise_value(const promise_value&) = delete;
  promise_value& operator=(const promise_value&) = delete;
  ~promise_value() {
    if (holds == outcome::value) value_.~T();
    if (holds == outcome::exception) exception_.~exception_ptr();
  }

  template <class U = T>
    requires std::is_constructible_v<T, U&&>
  void return_value(U&& u) {
    if constexpr (std::is_same_v<T, result<void>> && std::is_same_v<std::remove_cvref_t<U>, T>) {
      // By its parts: at -O1, g++ 12 does not see that `co_return {}` moves no error, and would warn every
      // user.
      if (!u.has_value()) return fail(std::forward<U>(u).error());
      ::new (&value_) T();
    } else {
      ::new (&value_) T(std::forward<U>(u));
    }
    holds = outcome::value;
  }
  void unhandled_exception() noexcept {
    ::new (&exception_) std::exception_ptr(std::current_exception());
    holds = outcome::exception;
  }
  void fail(error e)
    requires is_result<T>
  {
    ::new (&value_) T(std::unexpect, std::move(e));
    holds = outcome::value;
  }
  T take() {
    if (holds == outcome::exception) std::rethrow_exception(exception_);
    return std::move(value_);
  }
  [[nodiscard]] std::exception_ptr thrown() const noexcept {
    return holds == outcome::exception ? exception_ : std::exception_ptr();
  }
  /// The error that it ended with, or null.
  [[nodiscard]] error* failure() noexcept {
    if constexpr (is_result<T>) {
      if (holds == outcome::value && !value_.has_value()) return &value_.error();
    }
    return nullptr;
  }

 private:
  union {
    T value_;
    std::exception_ptr exception_;
  };
};

template <>
struct promise_value<void> : promise_base {
  promise_value() noexcept : promise_base(as_kind<promise_value>) {}
  void return_void() const noexcept {}
  void unhandled_exception() noexcept { exception_ = std::current_exception(); }
  void take() const {
    if (exception_) std::rethrow_exception(exception_);
  }
  [[nodiscard]] std::exception_ptr thrown() const noexcept { return exception_; }
  [[nodiscard]] static error* failure() noexcept { return nullptr; }

 private:
  std::exception_ptr exception_;
};

}  // namespace fairlead::detail
