// SPDX-License-Identifier: MIT
// An operation is a passive value: which socket, what to do, the caller's buffers. Making one does nothing.
// A consumer makes it happen:
//   std::move(op).now()    at once, or errc::operation_would_block
//   std::move(op).wait()   this thread sleeps; no event loop is involved
//   co_await std::move(op) asynchronously, on the loop that runs this coroutine
// and each can be bounded first: .within(duration), .until(time_point), .stop_on(token).
// docs/design/operations.md has the rules.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <type_traits>
#include <utility>

#include <fairlead/action.hpp>
#include <fairlead/buffer.hpp>
#include <fairlead/clock.hpp>
#include <fairlead/error.hpp>
#include <fairlead/export.hpp>
#include <fairlead/limits.hpp>

namespace fairlead {

namespace detail {

class loop_core;
struct task_context;
struct socket_state;
struct io;
/// Specialised for what can be spliced, see splice.hpp: source(S&) and sink(S&) give the socket_state.
template <class S>
struct splice_end;

/// Where an operation is in its life. It ends exactly once. `none`: not an operation. `failed`: ended, and
/// keeps what its error will speak of.
enum class phase : std::uint8_t { none, idle, ended, in_flight, ready, failed };

/// Something a loop will resume.
struct runnable {
  runnable* next = nullptr;  // in a ready queue; null when in none
  runnable* prev;
  task_context* context;
  std::coroutine_handle<> waiter;
  phase state;  // of an operation, the loop gives the socket's direction back before it resumes

  runnable() noexcept : prev(nullptr), context(nullptr), state(phase::none) {}

 protected:
  // Of an operation, which is made for every message: start() sets what is left out here.
  struct of_io {};
  explicit runnable(of_io) noexcept : state(phase::idle) {}
};

struct op_limits : limits {
  io* op = nullptr;
};

/// The state of one operation, living in the caller's frame. While it is in flight the kernel may hold
/// pointers into it: destroying it then cancels it and waits for its last completion (rule 6).
struct FAIRLEAD_API io : runnable {
  // The order lets a compiler begin an operation with few stores.
  action what = action::none;
  cause asked : 7 = cause::none;
  bool ends_task : 1 = false;  // an error does not resume `waiter` but ends it, a task: or_return
  std::uint8_t has = 0;        // traits
  std::int32_t code = 0;       // 0, an errno value, minus a fault, or `homeless`
  socket_state* target = nullptr;
  void* data = nullptr;   // a buffer, or an array of them; when it has failed, a share of what that is about
  std::size_t size = 0;   // bytes, or number of buffers
  void* extra = nullptr;  // an endpoint, a message: what the action needs beyond bytes
  op_limits* bounds = nullptr;
  std::size_t count = 0;  // bytes moved so far; the descriptor for accept

  /// The code of an operation that was awaited outside of tasks, where no loop runs it.
  static constexpr std::int32_t homeless = 1 << 20;

  io() noexcept : runnable(of_io{}) {}
  io(action a, socket_state* t) noexcept : runnable(of_io{}), what(a), has(traits::of(a)), target(t) {}
  /// Of a socket that keeps the boundaries of what is sent.
  struct whole {};
  io(action a, socket_state* t, whole) noexcept : io(a, t) {
    has &= static_cast<std::uint8_t>(~traits::plain);
  }
  /// Only an operation that has not begun may be moved (to gain bounds).
  io(io&& other) noexcept
      : runnable(of_io{}),
        what(other.what),
        has(other.has),
        target(other.target),
        data(other.data),
        size(other.size),
        extra(other.extra) {}
  io& operator=(io&&) = delete;
  ~io() { give_up(); }

  void use(mutable_buffer b) noexcept { data = b.data, size = b.size; }
  void use(const_buffer b) noexcept { data = const_cast<std::byte*>(b.data), size = b.size; }
  void use(mutable_buffers b) noexcept { use_all(const_cast<mutable_buffer*>(b.data()), b.size()); }
  void use(const_buffers b) noexcept { use_all(const_cast<const_buffer*>(b.data()), b.size()); }

  /// For destructors of operations whose own members the kernel or the library may still write to.
  void give_up() noexcept {
    if (state > phase::ended) abandon(*this);
  }

  [[nodiscard]] bool is(std::uint8_t trait) const noexcept { return (has & trait) != 0; }
  void bound_by(op_limits& l) noexcept { bounds = &l, has |= traits::bounded; }
  [[nodiscard]] bool failed() const noexcept { return code != 0; }
  /// The error that `code` stands for, said of the target. Precondition: failed().
  [[nodiscard]] fairlead::error why() const;

  /// Its socket may be gone before the error is worded: this is whom it will speak of.
  void fail_about(error_context_ptr whom) noexcept;
  /// It goes before it has ended, or has failed.
  static void abandon(io&) noexcept;

 private:
  void use_all(void* buffers, std::size_t n) noexcept {
    data = buffers, size = n;
    has = static_cast<std::uint8_t>((has & ~traits::plain) | traits::vectored);
  }
};

/// An operation that may have to pause by the clock: sleeping, and retrying where the kernel announces
/// nothing (a full Unix backlog or datagram queue, exhausted descriptors).
struct timed_io : io {
  struct alarm_node : timer_node {
    timed_io* op = nullptr;
  };
  alarm_node alarm;
  std::uint8_t pauses = 0;

  using io::io;
  timed_io(timed_io&& other) noexcept : io(std::move(other)) {}
  timed_io& operator=(timed_io&&) = delete;
  ~timed_io() { give_up(); }
};

/// Descriptors that travel with bytes.
struct parcel {
  std::span<const int> outgoing;
  std::span<int> room;
  std::size_t arrived = 0;
};

/// Begins `op` for the coroutine `waiter`; false when it has ended already. Otherwise the loop resumes it, or
/// ends it with an error, when `op` has ended.
FAIRLEAD_API bool start(io& op, std::coroutine_handle<> waiter);
/// One attempt that never sleeps.
FAIRLEAD_API void attempt(io& op);
/// Sleeps in the kernel until `op` has ended.
FAIRLEAD_API void wait(io& op);
/// Ends an operation that could not even begin.
inline void refuse(io& op, int code) noexcept { op.code = code, op.state = phase::ended; }
/// The same from its begin(): start() looks no further than at the target that is missing.
inline void refuse_to_begin(io& op, int code) noexcept { refuse(op, code), op.target = nullptr; }

/// Hands a leaf operation to co_await. `Op` gives begin(waiter) and take().
template <class Op>
class [[nodiscard]] leaf_awaiter {
 public:
  explicit leaf_awaiter(Op& op) noexcept : op_(op) {}
  leaf_awaiter(const leaf_awaiter&) = delete;
  leaf_awaiter& operator=(const leaf_awaiter&) = delete;
  // Everything happens in await_suspend: the operation needs to know its waiter in any case.
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> waiter) { return start(op_, waiter); }
  auto await_resume() -> result<typename Op::value_type> {
    if (op_.failed()) return std::unexpected(op_.why());
    return op_.take();
  }
  [[nodiscard]] Op& operation() noexcept { return op_; }

 private:
  Op& op_;
};

}  // namespace detail

template <class Op>
class bounded;

/// The consumers that every leaf operation shares. `Op` derives from it and from detail::io.
template <class Op>
class leaf {
 public:
  /// One attempt without blocking. Composed operations have none: a would_block would lose their progress.
  [[nodiscard]] auto now() &&
      requires(!Op::composed) {
        prepare();
        detail::attempt(self());
        return outcome(self());
      }

      /// Blocks this thread. errc::resource_deadlock_would_occur on a thread that is running a loop.
      [[nodiscard]] auto wait() && {
    prepare();
    detail::wait(self());
    return outcome(self());
  }

  [[nodiscard]] auto operator co_await() && {
    prepare();
    return detail::leaf_awaiter<Op>(self());
  }

  /// Fails with errc::timed_out when this much time has passed since the operation started.
  [[nodiscard]] bounded<Op> within(duration d) && { return bounded<Op>(std::move(self())).within_(d); }
  [[nodiscard]] bounded<Op> until(time_point t) && { return bounded<Op>(std::move(self())).until_(t); }
  /// Fails with errc::operation_canceled once a stop is asked for.
  [[nodiscard]] bounded<Op> stop_on(std::stop_token token) && {
    return bounded<Op>(std::move(self())).stop_on_(std::move(token));
  }

 protected:
  leaf() = default;
  ~leaf() = default;
  leaf(leaf&&) noexcept {}  // nothing to move: the state is in detail::io
  leaf& operator=(leaf&&) = delete;

  // What an operation does when it starts, and not when its value is made: opening its socket, say.
  void prepare() {
    if constexpr (requires(Op& op) { op.begin(); }) self().begin();
  }

  template <class Any>
  static auto outcome(Any& op) -> result<typename Any::value_type> {
    if (op.failed()) return std::unexpected(op.why());
    return op.take();
  }

 private:
  [[nodiscard]] Op& self() noexcept { return static_cast<Op&>(*this); }
};

/// A leaf operation with a deadline, a stop token, or both. Of several deadlines the earliest wins.
template <class Op>
class [[nodiscard]] bounded {
 public:
  using value_type = typename Op::value_type;

  [[nodiscard]] auto now() && requires(!Op::composed) {
    arm();
    return std::move(op_).now();
  } [[nodiscard]] auto wait() && {
    arm();
    return std::move(op_).wait();
  }
  [[nodiscard]] auto operator co_await() && {
    arm();
    return std::move(op_).operator co_await();
  }
  [[nodiscard]] bounded within(duration d) && { return std::move(*this).within_(d); }
  [[nodiscard]] bounded until(time_point t) && { return std::move(*this).until_(t); }
  [[nodiscard]] bounded stop_on(std::stop_token token) && {
    return std::move(*this).stop_on_(std::move(token));
  }

 private:
  friend class leaf<Op>;
  explicit bounded(Op&& op) : op_(std::move(op)) {}
  bounded(bounded&& other) noexcept
      : op_(std::move(other.op_)),
        span_(other.span_),
        deadline_(other.deadline_),
        stop_(std::move(other.stop_)) {}

  bounded&& within_(duration d) {
    if (d < span_) span_ = d;
    return std::move(*this);
  }
  bounded&& until_(time_point t) {
    if (t < deadline_) deadline_ = t;
    return std::move(*this);
  }
  bounded&& stop_on_(std::stop_token token) {
    stop_ = std::move(token);
    return std::move(*this);
  }

  // A deadline is fixed when the operation starts, not when its value was made (rule 4).
  void arm() {
    limits_.deadline = deadline_;
    if (span_ != duration::max()) {
      const time_point now = clock::now();
      const time_point due = span_ > time_point::max() - now ? time_point::max() : now + span_;
      if (due < limits_.deadline) limits_.deadline = due;
    }
    limits_.stop = std::move(stop_);
    op_.bound_by(limits_);
  }

  detail::op_limits limits_;  // outlives op_, whose destructor may still have to unlink from it
  Op op_;
  duration span_ = duration::max();
  time_point deadline_ = time_point::max();
  std::stop_token stop_;
};

}  // namespace fairlead
