// SPDX-License-Identifier: MIT
// The epoll driver: edge-triggered, each descriptor registered once, when something first waits for it; the
// call is tried first, and the loop sleeps only when the kernel would block.
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <utility>

#include "loop/driver.hpp"
#include "loop/loop_core.hpp"
#include "loop/perform.hpp"
#include "sys/descriptor.hpp"
#include "sys/retry.hpp"

namespace fairlead::detail {

namespace {

constexpr std::uint64_t wake_tag = ~std::uint64_t{0};

class epoll_driver final : public driver {
 public:
  epoll_driver(int epoll, int event) noexcept : epoll_(epoll), event_(event) {}
  ~epoll_driver() override {
    sys::close(event_);
    sys::close(epoll_);
  }
  epoll_driver(const epoll_driver&) = delete;
  epoll_driver& operator=(const epoll_driver&) = delete;

  backend kind() const noexcept override { return backend::epoll; }
  bool enter() noexcept override { return true; }
  void detach(socket_state& s) noexcept override {
    if (std::exchange(s.registered, false)) ::epoll_ctl(epoll_, EPOLL_CTL_DEL, s.fd, nullptr);
  }
  begin_function begin() const noexcept override { return &usual_begin<epoll_driver>; }
  bool start(io& op) noexcept override;
  bool start_usual(io& op, socket_state& s, direction d) noexcept;
  void retry(io& op) noexcept override {
    if (step(op)) loop_->complete(op);
  }
  void cancel(io& op) noexcept override;
  void reap(io&) noexcept override {}  // cancel() has ended it
  bool wait(time_point deadline) override;
  void wake() noexcept override {
    // A loop that is not asleep looks into its inbox before it sleeps.
    if (asleep_.exchange(false, std::memory_order_seq_cst)) sys::add_event(event_);
  }

 private:
  bool start_by_trying(io& op) noexcept;
  bool start_sending(io& op, socket_state& s) noexcept;
  bool start_unfinished(io& op, long sent) noexcept;
  bool follow_up(io& op, progress p) noexcept;
  bool will_wait(io& op) noexcept;
  bool step(io& op) noexcept;
  int sleep(std::span<epoll_event> events, time_point deadline) noexcept;
  void follow(const epoll_event& e) noexcept;
  void rouse(socket_state& s, direction d) noexcept;
  void go_on();
  void go_on(io& op);

  int epoll_;
  int event_;
  std::atomic<bool> asleep_{false};
  bool exact_ = true;               // epoll_pwait2 is there
  intrusive_list<runnable> again_;  // operations to try again: roused, or stopped for the sake of others
};

// The kernel would block: from now on it tells of every change, and of what has changed since. Most of the
// connections that only send something and close never come here. False: it refuses, and `op` has failed.
[[gnu::noinline]] bool epoll_driver::will_wait(io& op) noexcept {
  socket_state& s = *op.target;
  epoll_event e{};
  e.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET;
  e.data.u64 = std::uint64_t{loop_->generation(s.slot)} << 32U | s.slot;
  s.registered = ::epoll_ctl(epoll_, EPOLL_CTL_ADD, s.fd, &e) == 0;
  if (!s.registered) op.code = errno;
  return s.registered;
}

// One attempt; keeps the readiness bits true. A TCP stream that gave less than was asked for is drained: the
// next bytes bring an edge (epoll(7)), so the next operation need not ask the kernel first.
[[gnu::always_inline]] inline bool epoll_driver::step(io& op) noexcept { return follow_up(op, perform(op)); }

[[gnu::always_inline]] inline bool epoll_driver::follow_up(io& op, progress p) noexcept {
  socket_state& s = *op.target;
  bool& ready = s.ready[static_cast<std::size_t>(direction_of(op))];
  switch (p) {
    case progress::ended: return true;
    case progress::drained: ready = !s.registered; return true;
    case progress::blocked:
      if (!s.registered && !will_wait(op)) return true;
      ready = false;
      return false;
    case progress::again: again_.push_back(op); return false;
    case progress::pause: loop_->pause(op); return false;
  }
  return false;
}

[[gnu::always_inline]] inline bool epoll_driver::start_usual(io& op, socket_state& s, direction d) noexcept {
  if (op.what == action::send && s.ready[1]) return start_sending(op, s);
  if (op.what == action::recv && !s.ready[0] && s.unread == nullptr && op.size != 0)
    return loop_core::parked_usual(op, s, d);
  return start(op);
}

[[gnu::noinline]] bool epoll_driver::start_sending(io& op, socket_state& s) noexcept {
  const long n = sys::send_once(s.fd, op.data, op.size);
  if (n != static_cast<long>(op.size)) [[unlikely]] {
    return start_unfinished(op, n);
  }
  op.count = op.size;
  return !loop_->done_usual(op, s, direction::out) && loop_->queued(op);
}

// `sent`: what the first try at sending said.
[[gnu::noinline]] bool epoll_driver::start_unfinished(io& op, long sent) noexcept {
  if (sent > 0) op.count = static_cast<std::size_t>(sent);
  const progress p = sent < 0 ? failed_once(op, errno) : perform_any(op);
  return follow_up(op, p) ? loop_->done(op) : loop_core::parked(op);
}

bool epoll_driver::start(io& op) noexcept {
  const socket_state& s = *op.target;
  const direction d = direction_of(op);
  if (!s.ready[static_cast<std::size_t>(d)]) {
    // Neither beginning to connect nor shutting down waits for room in the send buffer.
    const bool tries = d == direction::in ? s.unread != nullptr || asks_for_nothing(op)
                                          : op.what == action::connect || op.what == action::shutdown;
    if (!tries) return loop_core::parked(op);
  }
  return start_by_trying(op);
}

[[gnu::noinline]] bool epoll_driver::start_by_trying(io& op) noexcept {
  return step(op) ? loop_->done(op) : loop_core::parked(op);
}

void epoll_driver::cancel(io& op) noexcept {
  if (op.state != phase::in_flight) return;
  if (op.next != nullptr) unlink(static_cast<runnable&>(op));  // from again_
  last_attempt(op);
  loop_->complete(op);
}

// What waits in this direction is tried again, when no lock is held any more.
inline void epoll_driver::rouse(socket_state& s, direction d) noexcept {
  s.ready[static_cast<std::size_t>(d)] = true;
  io* const op = s.active[static_cast<std::size_t>(d)];
  if (op == nullptr || op->state != phase::in_flight || op->next != nullptr) return;
  if (loop_core::waits_for_the_clock(*op)) return;
  again_.push_back(*op);
}

// Tries `op`, and runs its coroutine if it has ended.
inline void epoll_driver::go_on(io& op) {
  constexpr std::uint8_t looked_at = traits::plain | traits::bounded | traits::out;
  socket_state& s = *op.target;
  if ((op.has & looked_at) == traits::plain && op.what == action::recv && s.unread == nullptr) {
    if (receive_once(op, s)) [[likely]] {
      if (tells_drained(op)) s.ready[0] = !s.registered;
      return loop_->complete_usual_here(op, direction::in);
    }
    if (!follow_up(op, failed_once(op, errno))) return;
  } else if (!step(op)) {
    return;
  }
  loop_->complete_here(op);
}

// Only what is to be tried now: a coroutine may begin more.
void epoll_driver::go_on() {
  taken_list<runnable> batch(again_);
  while (!batch.empty()) go_on(static_cast<io&>(batch.pop_front()));
}

void epoll_driver::follow(const epoll_event& e) noexcept {
  socket_state* const s =
      loop_->at(static_cast<std::uint32_t>(e.data.u64), static_cast<std::uint32_t>(e.data.u64 >> 32U));
  if (s == nullptr) return;  // it left after this event was taken
  constexpr std::uint32_t over = EPOLLERR | EPOLLHUP | EPOLLRDHUP | EPOLLPRI;
  if ((e.events & over) != 0) s->finished = true;
  if ((e.events & (EPOLLIN | over)) != 0) rouse(*s, direction::in);
  if ((e.events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) rouse(*s, direction::out);
}

// epoll_pwait2 counts in nanoseconds. Where it is missing (before Linux 5.11, under valgrind, behind an old
// seccomp profile) milliseconds do, rounded up: no timer fires early, and none makes the loop spin.
int epoll_driver::sleep(std::span<epoll_event> events, time_point deadline) noexcept {
  const int room = static_cast<int>(events.size());
  if (deadline == time_point::max()) return ::epoll_wait(epoll_, events.data(), room, -1);
  const std::int64_t ns =
      deadline == time_point::min() ? 0 : std::chrono::nanoseconds(deadline - clock::now()).count();
  if (ns <= 0) return ::epoll_wait(epoll_, events.data(), room, 0);
  if (exact_) {
    const timespec left{static_cast<time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
    const int n = ::epoll_pwait2(epoll_, events.data(), room, &left, nullptr);
    if (n >= 0 || errno == EINTR) return n;
    exact_ = false;
  }
  const std::int64_t ms = std::min<std::int64_t>((ns + 999'999) / 1'000'000, 60'000);
  return ::epoll_wait(epoll_, events.data(), room, static_cast<int>(ms));
}

bool epoll_driver::wait(time_point deadline) {
  std::array<epoll_event, 128> events;
  if (!again_.empty()) deadline = time_point::min();
  if (deadline != time_point::min()) {
    asleep_.store(true, std::memory_order_seq_cst);
    if (loop_->has_mail()) deadline = time_point::min();
  }
  const int n = sleep(events, deadline);
  asleep_.store(false, std::memory_order_relaxed);
  {
    const std::lock_guard lock(loop_->attachments());
    for (int i = 0; i < n; ++i) {
      const epoll_event& e = events[static_cast<std::size_t>(i)];
      if (e.data.u64 == wake_tag) {
        sys::take_events(event_);
      } else {
        follow(e);
      }
    }
  }
  if (again_.empty()) return n > 0;
  go_on();
  return true;
}

}  // namespace

result<std::unique_ptr<driver>> make_epoll_driver() {
  const sys::outcome epoll = sys::from_return(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.ok()) return std::unexpected(error::about(static_cast<errc>(epoll.code), verb::open, "epoll"));
  const int fd = static_cast<int>(epoll.count);
  const sys::outcome event = sys::open_event(true);
  if (!event.ok()) {
    sys::close(fd);
    return std::unexpected(error::about(static_cast<errc>(event.code), verb::open, "eventfd"));
  }
  const int wake = static_cast<int>(event.count);
  epoll_event e{};
  e.events = EPOLLIN;
  e.data.u64 = wake_tag;
  if (::epoll_ctl(fd, EPOLL_CTL_ADD, wake, &e) != 0) {
    const int code = errno;
    sys::close(wake);
    sys::close(fd);
    return std::unexpected(error::about(static_cast<errc>(code), verb::open, "epoll"));
  }
  return std::make_unique<epoll_driver>(fd, wake);
}

}  // namespace fairlead::detail
