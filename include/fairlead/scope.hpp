// SPDX-License-Identifier: MIT
// scope: structured concurrency. It owns the tasks spawned in it; nothing is ever detached.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <stop_token>
#include <utility>

#include <fairlead/error.hpp>
#include <fairlead/operation.hpp>
#include <fairlead/task.hpp>

namespace fairlead {

class scope;

namespace detail {

/// A context of kind::scope was asked to stop.
void scope_stopped(task_context& c) noexcept;

/// What a scope keeps of a spawned task: the context that the task's chain shares. It goes with the task's
/// frame.
struct FAIRLEAD_API child : task_context {
  runnable start;  // its waiter is the task

  explicit child(std::coroutine_handle<> h) noexcept { start.waiter = h; }
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child() { start.waiter.destroy(); }  // before the context that it runs in
  static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
  static void operator delete(void* c, std::size_t bytes) noexcept { free_frame(c, bytes); }

  /// The task has ended. Tells the scope, which destroys us and the frame.
  void end(error* failed, std::exception_ptr thrown) noexcept;
};

}  // namespace detail

/// Lives in the frame of the coroutine that makes it, and must not outlive that coroutine's chain of tasks.
///
///   scope clients;
///   clients.spawn(serve(std::move(conn)));
///   co_await clients.join();
///
/// Stopping the surrounding task or scope stops this one's tasks. A task that ends with an error does not
/// stop the others; the first error is kept for join(). An exception does, and join() rethrows it.
/// The destructor of a scope that still has tasks destroys them: each is cancelled where it stands, and its
/// operation's last completion is awaited. with_scope() leaves gracefully instead.
class FAIRLEAD_API scope {
 public:
  scope();
  scope(const scope&) = delete;
  scope& operator=(const scope&) = delete;
  ~scope();

  /// The task starts in the loop's next turn, not within this call.
  template <class T>
  void spawn(task<T> t) {
    auto* const c = new detail::child(t.handle());
    auto& p = t.handle().promise();
    p.tells = detail::promise_base::audience::scope;
    // Nobody awaits a spawned task, so this is not a coroutine's address.
    p.continuation = std::coroutine_handle<>::from_address(c);
    (void)std::move(t).release();
    adopt(*c);
  }

  /// Asks every task here, and all they spawned in scopes of their own, to stop. On the loop's thread; from
  /// other threads post() a call of it, or run the task around it with stop_on().
  void request_stop() noexcept;
  [[nodiscard]] bool stop_requested() const noexcept { return context_.asked != detail::cause::none; }
  /// A token that turns when this scope is asked to stop, for code that is not a fairlead operation.
  [[nodiscard]] std::stop_token token();

  /// Tasks that have not ended yet.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  class joiner {
   public:
    explicit joiner(scope& s) noexcept : scope_(s) {}
    joiner(const joiner&) = delete;
    joiner& operator=(const joiner&) = delete;
    ~joiner() {
      if (waits_) scope_.wait_no_more();
    }
    [[nodiscard]] bool await_ready() const noexcept { return scope_.size_ == 0; }
    bool await_suspend(std::coroutine_handle<> waiter) noexcept {
      refused_ = !scope_.wait_for_all(*this, waiter);
      return !refused_;
    }
    result<void> await_resume() {
      if (refused_) return failure(errc::device_or_resource_busy, verb::wait);
      return scope_.verdict();
    }

   private:
    friend class scope;
    scope& scope_;
    bool waits_ = false;  // the scope knows of us
    bool refused_ = false;
  };
  /// Waits until every task has ended; gives the first error. More may be spawned afterwards. One task at a
  /// time can wait: a second one gets errc::device_or_resource_busy.
  [[nodiscard]] joiner join() noexcept { return joiner(*this); }

 private:
  friend struct detail::child;
  friend void detail::scope_stopped(detail::task_context&) noexcept;
  void adopt(detail::child& c) noexcept;
  void ended(detail::child& c, error* failed, std::exception_ptr thrown) noexcept;
  bool wait_for_all(joiner& j, std::coroutine_handle<> waiter) noexcept;
  void wait_no_more() noexcept;
  result<void> verdict();

  // The parent of its children's contexts, which are all that is below it.
  struct scope_context : detail::task_context {
    scope* const self;
    explicit scope_context(scope* s) noexcept : task_context(kind::scope), self(s) {}
  };
  [[nodiscard]] static scope& of(detail::task_context& c) noexcept {
    return *static_cast<scope_context&>(c).self;
  }
  scope_context context_{this};
  std::size_t size_ = 0;
  joiner* waiting_ = nullptr;
  detail::runnable joiner_;
  std::optional<error> first_error_;
  std::exception_ptr first_exception_;
  std::optional<std::stop_source> source_;
};

/// Runs `body(scope&)`, a coroutine giving a result; when it is left, by value, error or exception, its tasks
/// are asked to stop and awaited. The body's own error comes before those of its tasks.
template <class Body>
auto with_scope(Body body) -> decltype(body(std::declval<scope&>())) {
  using returned = typename decltype(body(std::declval<scope&>()))::value_type;
  static_assert(detail::is_result<returned>, "the body of with_scope() returns a task<result<T>>");
  scope inner;
  std::optional<returned> outcome;
  std::exception_ptr thrown;
  try {
    outcome.emplace(co_await body(inner));
  } catch (...) {
    thrown = std::current_exception();
  }
  inner.request_stop();
  result<void> joined = co_await inner.join();
  if (thrown) std::rethrow_exception(thrown);
  if (outcome->has_value() && !joined && !(joined.error() == errc::operation_canceled)) {
    co_return std::unexpected(std::move(joined.error()));
  }
  co_return std::move(*outcome);
}

}  // namespace fairlead
