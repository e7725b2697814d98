// SPDX-License-Identifier: MIT
// The io_uring driver: receives and sends on streams are the kernel's to finish; everything else is tried
// first and polled for. One system call a turn submits what the turn began and collects what has ended.
//
// user_data is the operation's address, or a small tag. An address cannot go stale: an operation in flight
// is never destroyed before its last completion was reaped, and a descriptor is closed only after that.
#include <liburing.h>
#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "loop/driver.hpp"
#include "loop/loop_core.hpp"
#include "loop/perform.hpp"
#include "sys/descriptor.hpp"
#include "sys/ring.hpp"

namespace fairlead::detail {

namespace {

constexpr unsigned submissions = 256;
constexpr unsigned completions = 4096;
constexpr std::size_t largest = std::size_t{1} << 30U;  // an entry's length has 32 bits
constexpr std::uint64_t tag_ignored = 1;
constexpr std::uint64_t tag_wake = 2;

class uring_driver final : public driver {
 public:
  uring_driver() = default;
  ~uring_driver() override {
    if (made_) io_uring_queue_exit(&ring_);
    sys::close(event_);
  }
  uring_driver(const uring_driver&) = delete;
  uring_driver& operator=(const uring_driver&) = delete;
  int make() noexcept;

  backend kind() const noexcept override { return backend::io_uring; }
  bool enter() noexcept override;
  int attach(socket_state&) noexcept override { return 0; }
  void detach(socket_state&) noexcept override {}
  bool start(io& op) noexcept override;
  void cancel(io& op) noexcept override;
  void reap(io& op) noexcept override;
  void wait(time_point deadline) noexcept override;
  void wake() noexcept override {
    if (asleep_.exchange(false, std::memory_order_seq_cst)) sys::add_event(event_);
  }

 private:
  io_uring_sqe& entry() noexcept;
  void submit(io& op) noexcept;
  void poll(io& op) noexcept;
  bool advance(io& op) noexcept;
  void ended(io& op, int res) noexcept;
  void collect() noexcept;
  void listen_for_wakes() noexcept;

  io_uring ring_{};
  bool made_ = false;
  bool entered_ = false;
  std::uint64_t issuer_ = 0;
  int event_ = -1;
  std::uint64_t wakes_ = 0;
  std::atomic<bool> asleep_{false};
  intrusive_list<runnable> again_;
};

// The ring starts disabled: with a single issuer, the thread that enables it becomes that issuer, and a loop
// may be made on one thread and run on another.
int uring_driver::make() noexcept {
  int code = 0;
  for (const unsigned flags : {unsigned{IORING_SETUP_SINGLE_ISSUER} | IORING_SETUP_DEFER_TASKRUN,
                               unsigned{IORING_SETUP_COOP_TASKRUN}, 0U}) {
    io_uring_params p{};
    p.flags = flags | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP | IORING_SETUP_R_DISABLED;
    p.cq_entries = completions;
    code = -io_uring_queue_init_params(submissions, &ring_, &p);
    if (code != EINVAL) break;  // anything else will not change with fewer flags
  }
  if (code != 0) return code;
  made_ = true;
  const sys::outcome event = sys::open_event(false);
  if (!event.ok()) return event.code;
  event_ = static_cast<int>(event.count);
  return 0;
}

bool uring_driver::enter() noexcept {
  // The kernel knows its issuer by the thread itself: an address or std::thread::id is given to a later
  // thread again.
  static std::atomic<std::uint64_t> threads{0};
  static thread_local const std::uint64_t here = ++threads;
  if (entered_) return issuer_ == here;
  if (!sys::enable_ring(ring_.ring_fd).ok()) return false;
  (void)io_uring_register_ring_fd(&ring_);  // saves the kernel a look-up; old kernels do without
  entered_ = true;
  issuer_ = here;
  listen_for_wakes();
  return true;
}

io_uring_sqe& uring_driver::entry() noexcept {
  for (;;) {
    if (io_uring_sqe* const e = io_uring_get_sqe(&ring_)) return *e;
    // The queue is full of this turn's beginnings. EBUSY: completions have to be taken first.
    if (io_uring_submit(&ring_) == -EBUSY) collect();
  }
}

void uring_driver::listen_for_wakes() noexcept {
  io_uring_sqe& e = entry();
  io_uring_prep_read(&e, event_, &wakes_, sizeof wakes_, 0);
  e.user_data = tag_wake;
}

void uring_driver::poll(io& op) noexcept {
  op.polling = true;
  const bool in = direction_of(op.what) == direction::in;
  io_uring_sqe& e = entry();
  io_uring_prep_poll_add(&e, op.target->fd, in ? EPOLLIN | EPOLLRDHUP : EPOLLOUT);
  e.user_data = reinterpret_cast<std::uint64_t>(&op);
}

// Hands the rest of the operation to the kernel.
void uring_driver::submit(io& op) noexcept {
  op.polling = false;
  io_uring_sqe& e = entry();
  auto* const bytes = static_cast<std::byte*>(op.data);
  const bool composed = op.what == action::recv_exactly || op.what == action::send;
  const std::size_t done = composed ? op.count : 0;
  if (direction_of(op.what) == direction::in) {
    io_uring_prep_recv(&e, op.target->fd, bytes + done, std::min(op.size - done, largest), 0);
  } else {
    io_uring_prep_send(&e, op.target->fd, bytes + done, std::min(op.size - done, largest), MSG_NOSIGNAL);
  }
  e.user_data = reinterpret_cast<std::uint64_t>(&op);
}

bool uring_driver::start(io& op) noexcept {
  socket_state& s = *op.target;
  const bool receives = op.what == action::recv || op.what == action::recv_exactly;
  const bool bytes = receives || op.what == action::send_some || op.what == action::send;
  const bool kept = receives && s.unread != nullptr;  // without the kernel's help
  if (!bytes || kept || op.vectored || s.is_record() || op.size == 0) return advance(op);
  submit(op);
  return false;
}

// One attempt by a plain call; a poll if it would block. True when it has ended.
bool uring_driver::advance(io& op) noexcept {
  switch (perform(op)) {
    case progress::ended: return true;
    case progress::blocked: poll(op); return false;
    case progress::again:
      op.polling = true;
      again_.push_back(op);
      return false;
    case progress::pause: loop_->pause(op); return false;
  }
  return false;
}

void uring_driver::ended(io& op, int res) noexcept {
  const bool hurried = op.asked != cause::none;
  if (op.polling) {
    // Ready, or told to stop: what has arrived by now is delivered all the same (rule 5).
    if (!hurried) {
      if (advance(op)) loop_->complete(op);
      return;
    }
    last_attempt(op);
    loop_->complete(op);
    return;
  }
  if (hurried && (res == -ECANCELED || res == -EAGAIN || res == -EINTR)) {
    last_attempt(op);
  } else if (res == -EAGAIN || res == -EINTR) {
    return poll(op);
  } else if (res < 0) {
    op.code = -res;
  } else if (op.what == action::recv_exactly || op.what == action::send) {
    if (wants_more(op, static_cast<std::size_t>(res))) {
      if (!hurried) return submit(op);
      op.code = code_of(op.asked);
    }
  } else {
    op.count = static_cast<std::size_t>(res);
  }
  loop_->complete(op);
}

void uring_driver::cancel(io& op) noexcept {
  if (op.next != nullptr &&
      op.state == phase::in_flight) {  // waiting in again_: the kernel knows nothing of it
    unlink(static_cast<runnable&>(op));
    last_attempt(op);
    return loop_->complete(op);
  }
  io_uring_sqe& e = entry();
  io_uring_prep_cancel64(&e, reinterpret_cast<std::uint64_t>(&op), 0);
  e.user_data = tag_ignored;
}

void uring_driver::reap(io& op) noexcept {
  while (op.state == phase::in_flight) {
    (void)io_uring_submit_and_wait(&ring_, 1);
    collect();
  }
}

void uring_driver::collect() noexcept {
  struct completion {
    std::uint64_t tag;
    int res;
  };
  constexpr unsigned most = 64;
  io_uring_cqe* batch[most];
  completion taken[most];
  while (const unsigned n = io_uring_peek_batch_cqe(&ring_, batch, most)) {
    // All are taken out before one is followed: following may need room in the queues, and come back here.
    for (unsigned i = 0; i < n; ++i) taken[i] = {batch[i]->user_data, batch[i]->res};
    io_uring_cq_advance(&ring_, n);
    for (unsigned i = 0; i < n; ++i) {
      const auto [tag, res] = taken[i];
      if (tag == tag_wake) {
        listen_for_wakes();
      } else if (tag != tag_ignored) {
        ended(*reinterpret_cast<io*>(tag), res);
      }
    }
  }
}

void uring_driver::wait(time_point deadline) noexcept {
  __kernel_timespec left{};
  bool sleeps = again_.empty() && deadline != time_point::min();
  if (sleeps) {
    asleep_.store(true, std::memory_order_seq_cst);
    if (loop_->has_mail()) sleeps = false;
  }
  if (sleeps && deadline != time_point::max()) {
    const auto ns = std::chrono::nanoseconds(deadline - clock::now()).count();
    sleeps = ns > 0;
    left = {ns / 1'000'000'000, ns % 1'000'000'000};
  }
  if (sleeps) {
    io_uring_cqe* first = nullptr;
    (void)io_uring_submit_and_wait_timeout(&ring_, &first, 1, deadline == time_point::max() ? nullptr : &left,
                                           nullptr);
  } else {
    (void)io_uring_submit_and_get_events(&ring_);
  }
  asleep_.store(false, std::memory_order_relaxed);
  collect();
  if (again_.empty()) return;
  intrusive_list<runnable> batch;
  batch.take(again_);
  while (!batch.empty()) {
    io& op = static_cast<io&>(batch.pop_front());
    if (advance(op)) loop_->complete(op);
  }
}

}  // namespace

result<std::unique_ptr<driver>> make_uring_driver() {
  auto d = std::make_unique<uring_driver>();
  if (const int code = d->make(); code != 0) {
    const bool forbidden = code == EPERM || code == EACCES || code == ENOSYS;
    return std::unexpected(error::about(static_cast<errc>(code), verb::open, "io_uring",
                                        forbidden ? "not permitted here (a container's seccomp profile or "
                                                    "kernel.io_uring_disabled); use epoll"
                                                  : std::string()));
  }
  return d;
}

}  // namespace fairlead::detail
