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
#include <utility>

#include "loop/driver.hpp"
#include "loop/loop_core.hpp"
#include "loop/perform.hpp"
#include "loop/provided_ring.hpp"
#include "loop/submission_ring.hpp"
#include "sys/descriptor.hpp"
#include "sys/sanitizers.hpp"

namespace fairlead::detail {

namespace {

constexpr std::size_t largest = std::size_t{1} << 30U;  // what one entry asks for: its length has 32 bits
constexpr std::uint64_t tag_wake = 2;
constexpr std::uint64_t tag_cancel = 3;
constexpr std::uint64_t tag_last = 3;

// A receive of a record or a datagram into one buffer. Not where datagrams may be glued together.
bool is_whole_receive(const io& op) noexcept {
  constexpr std::uint8_t no = traits::plain | traits::vectored;
  return op.what == action::recv && (op.has & no) == 0 && op.target->kind == channel::socket &&
         !op.target->glued;
}

class uring_driver final : public driver {
 public:
  uring_driver() = default;
  ~uring_driver() override { sys::close(event_); }
  uring_driver(const uring_driver&) = delete;
  uring_driver& operator=(const uring_driver&) = delete;
  int make() noexcept;

  backend kind() const noexcept override { return backend::io_uring; }
  bool enter() noexcept override;
  void detach(socket_state&) noexcept override {}
  begin_function begin() const noexcept override { return &usual_begin<uring_driver>; }
  bool start(io& op) noexcept override;
  bool start_usual(io& op, socket_state& s, direction d) noexcept;
  void retry(io& op) noexcept override {
    if (advance(op)) loop_->complete(op);
  }
  void cancel(io& op) noexcept override;
  void reap(io& op) noexcept override;
  bool wait(time_point deadline) override;
  void wake() noexcept override {
    if (asleep_.exchange(false, std::memory_order_seq_cst)) sys::add_event(event_);
  }

 private:
  io_uring_sqe& entry() noexcept;
  void make_room() noexcept;
  io_uring_sqe& submit(io& op, int fd, direction d, std::size_t done) noexcept;
  void poll(io& op) noexcept;
  bool start_lent(io& op) noexcept;
  bool received_whole(io& op, int res) noexcept;
  void lend(io& op, unsigned flags) noexcept;
  bool advance(io& op) noexcept;
  template <bool here>
  void ended(io& op, int res) noexcept(!here);
  bool ended_oddly(io& op, int res) noexcept;
  bool goes_on(io& op, int res) noexcept;
  template <bool here>
  bool collect() noexcept(!here);
  void ask_again() noexcept;
  void listen_for_wakes() noexcept;

  provided_ring lent_;  // goes after the ring has
  submission_ring ring_;
  bool too_early_ = false;  // a cancellation met its operation while that was being tried
  int event_ = -1;
  std::uint64_t wakes_ = 0;
  std::atomic<bool> asleep_{false};
  intrusive_list<runnable> again_;
};

int uring_driver::make() noexcept {
  if (const int code = ring_.make(); code != 0) return code;
  const sys::outcome event = sys::open_event(false);
  if (!event.ok()) return event.code;
  event_ = static_cast<int>(event.count);
  return 0;
}

bool uring_driver::enter() noexcept {
  const bool first = !ring_.was_entered();
  if (!ring_.enter()) return false;
  if (first) listen_for_wakes();
  return true;
}

// The queue is full of this turn's beginnings.
void uring_driver::make_room() noexcept {
  while (ring_.is_full()) {
    const int r = ring_.submit_by([](io_uring* ring) { return io_uring_submit(ring); });
    if (r == -EBUSY) collect<false>();  // completions have to be taken first
  }
}

io_uring_sqe& uring_driver::entry() noexcept {
  make_room();
  return ring_.next_entry();
}

void uring_driver::listen_for_wakes() noexcept {
  io_uring_sqe& e = entry();
  io_uring_prep_read(&e, event_, &wakes_, sizeof wakes_, 0);
  e.user_data = tag_wake;
}

void uring_driver::poll(io& op) noexcept {
  op.has |= traits::polling;
  const bool in = direction_of(op) == direction::in;
  io_uring_sqe& e = entry();
  io_uring_prep_poll_add(&e, op.target->fd, in ? EPOLLIN | EPOLLRDHUP : EPOLLOUT);
  e.user_data = reinterpret_cast<std::uint64_t>(&op);
}

// Hands what is left of the operation to the kernel. There must be room for it.
inline io_uring_sqe& uring_driver::submit(io& op, int fd, direction d, std::size_t done) noexcept {
  const auto out = static_cast<unsigned>(d);
  static_assert(IORING_OP_SEND + 1 == IORING_OP_RECV);
  io_uring_sqe& e = ring_.next_entry();
  e = {};
  e.opcode = static_cast<__u8>(IORING_OP_RECV - out);
  e.fd = fd;
  e.addr = reinterpret_cast<std::uint64_t>(op.data) + done;
  e.len = static_cast<unsigned>(op.size - done);
  e.msg_flags = MSG_NOSIGNAL;  // says nothing to a receive
  e.user_data = reinterpret_cast<std::uint64_t>(&op);
  return e;
}

[[gnu::always_inline]] inline bool uring_driver::start_usual(io& op, socket_state& s, direction d) noexcept {
  if (op.size - 1 >= largest || ring_.is_full()) [[unlikely]] {
    return start(op);
  }
  if (d == direction::in && s.unread != nullptr) [[unlikely]] {
    return start(op);
  }
  submit(op, s.fd, d, 0);
  return loop_core::parked_usual(op, s, d);
}

bool uring_driver::start(io& op) noexcept {
  const socket_state& s = *op.target;
  const direction d = direction_of(op);
  const bool untouched = d == direction::out || s.unread == nullptr;
  // What is asked for nothing does not wait.
  if (op.is(traits::plain) && untouched && op.size - 1 < largest) {
    make_room();
    submit(op, s.fd, d, 0);
    return loop_core::parked(op, d);
  }
  if (is_whole_receive(op) && untouched && op.size - 1 < largest) {
    make_room();
    submit(op, s.fd, d, 0).msg_flags = MSG_TRUNC;  // it says how long the record was (recv(2))
    return loop_core::parked(op, d);
  }
  if (op.what == action::recv_loan && untouched && lent_.is_there(ring_.raw())) return start_lent(op);
  return advance(op) ? loop_->done(op) : loop_core::parked(op);
}

// A record or datagram came, which may not have fitted. True: the operation has ended.
bool uring_driver::received_whole(io& op, int res) noexcept {
  const socket_state& s = *op.target;
  // The end may have been told too early: perform() knows.
  if (res == 0 && s.carries == transport::unix_seqpacket && sys::has_hung_up(s.fd)) return advance(op);
  op.count = static_cast<unsigned>(res);
  if (op.count > op.size) op.code = EMSGSIZE, op.count = 0;
  return true;
}

// The kernel takes a block when bytes are there.
bool uring_driver::start_lent(io& op) noexcept {
  io_uring_sqe& e = entry();
  io_uring_prep_recv(&e, op.target->fd, nullptr, 0, 0);
  e.flags = IOSQE_BUFFER_SELECT;
  e.buf_group = provided_ring::group;
  e.user_data = reinterpret_cast<std::uint64_t>(&op);
  return loop_core::parked(op);
}

void uring_driver::lend(io& op, unsigned flags) noexcept {
  if ((flags & IORING_CQE_F_BUFFER) == 0) return;
  lent_block* const b = lent_.take(flags);
  op.extra = b;
  op.data = b->bytes();
  op.size = lent_block::capacity;
}

// One attempt by a plain call; a poll if it would block. True when it has ended.
bool uring_driver::advance(io& op) noexcept {
  switch (perform(op)) {
    case progress::ended:
    case progress::drained: return true;
    case progress::blocked: poll(op); return false;
    case progress::again:
      op.has |= traits::polling;
      again_.push_back(op);
      return false;
    case progress::pause: loop_->pause(op); return false;
  }
  return false;
}

// `here`: its coroutine may run at once.
template <bool here>
[[gnu::always_inline]] inline void uring_driver::ended(io& op, int res) noexcept(!here) {
  constexpr std::uint8_t looked_at = traits::plain | traits::polling | traits::bounded;
  if (res < 0 || (op.has & looked_at) != traits::plain) [[unlikely]] {
    if (!ended_oddly(op, res)) return;
  } else {
    op.count += static_cast<unsigned>(res);
    if (op.count == op.size || !op.is(traits::composed)) [[likely]] {
      if constexpr (here) return loop_->complete_usual_here(op, direction_of(op));
    } else if (goes_on(op, res)) {
      return;
    }
  }
  if constexpr (here) {
    loop_->complete_here(op);
  } else {
    loop_->complete(op);
  }
}

// A composed operation that has moved `res` bytes more, but not all. False: it has ended all the same.
[[gnu::noinline]] bool uring_driver::goes_on(io& op, int res) noexcept {
  op.count -= static_cast<unsigned>(res);
  if (!wants_more(op, static_cast<unsigned>(res))) return false;
  if (op.asked != cause::none) {
    op.code = code_of(op.asked);
    return false;
  }
  make_room();
  submit(op, op.target->fd, direction_of(op), op.count);
  return true;
}

// Ready at last, cancelled, failed, or bounded. True: it has ended.
[[gnu::noinline]] bool uring_driver::ended_oddly(io& op, int res) noexcept {
  const bool hurried = op.asked != cause::none;
  const bool polled = op.is(traits::polling);
  if (res >= 0 && !polled) {
    if (is_whole_receive(op)) return received_whole(op, res);
    op.count += static_cast<unsigned>(res);
    return !op.is(traits::composed) || op.count == op.size || !goes_on(op, res);
  }
  const bool out_of_blocks = res == -ENOBUFS && op.what == action::recv_loan;
  if ((polled || out_of_blocks) && !hurried) return advance(op);
  const bool nothing_yet = res == -ECANCELED || res == -EAGAIN || res == -EINTR || out_of_blocks;
  if (polled || (hurried && nothing_yet)) {
    last_attempt(op);  // told to stop: what has arrived by now is delivered all the same (rule 5)
  } else if (nothing_yet && res != -ECANCELED) {
    return poll(op), false;
  } else {
    op.code = -res;
  }
  return true;
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
  e.user_data = tag_cancel;
}

void uring_driver::reap(io& op) noexcept {
  while (op.state == phase::in_flight) {
    ring_.submit_by([](io_uring* ring) { return io_uring_submit_and_wait(ring, 1); });
    collect<false>();
    ask_again();
  }
}

// What the kernel is just trying when it is asked to cancel it is not found (ENOENT; seen on 6.18) or cannot
// be stopped (EALREADY), and goes on waiting if that attempt moves nothing. The answer does not say which
// operation it was: that may be gone, and mostly is, having ended just before.
void uring_driver::ask_again() noexcept {
  if (std::exchange(too_early_, false)) loop_->cancel_again();
}

// Follows what has ended. `here`: the coroutines that waited for it run at once, and only for what is there
// now, since they can begin more that ends at once. Else all are queued, for we are within one of them.
template <bool here>
bool uring_driver::collect() noexcept(!here) {
  const io_uring_cq& q = ring_.raw().cq;
  unsigned* const khead = q.khead;
  const unsigned* const ktail = q.ktail;
  const io_uring_cqe* const entries = q.cqes;
  const unsigned mask = q.ring_mask;
  const unsigned begin = *khead;
  unsigned end = io_uring_smp_load_acquire(ktail);
  for (;;) {
    const unsigned head = *khead;
    // Whoever was resumed may have come by here itself, and be further.
    if (static_cast<int>(end - head) <= 0) {
      if (here) return head != begin;
      // What did not fit is with the kernel, and comes when it is asked for.
      io_uring& r = ring_.raw();
      if (io_uring_cq_has_overflow(&r) && io_uring_get_events(&r) < 0) return head != begin;
      end = io_uring_smp_load_acquire(ktail);
      if (head == end) return head != begin;
    }
    const std::uint64_t tag = entries[head & mask].user_data;
    const int res = entries[head & mask].res;
    const unsigned flags = entries[head & mask].flags;
    // Taken out before it is followed: that may need room in the queues, and come back here.
    io_uring_smp_store_release(khead, head + 1);
    if (tag > tag_last) [[likely]] {
      if (flags != 0) [[unlikely]] {
        lend(*reinterpret_cast<io*>(tag), flags);
      }
      ended<here>(*reinterpret_cast<io*>(tag), res);
    } else if (tag == tag_wake) {
      listen_for_wakes();
    } else if (res == -EALREADY || res == -ENOENT) {
      too_early_ = true;
    }
  }
}

bool uring_driver::wait(time_point deadline) {
  if (deadline == time_point::min() && again_.empty() && ring_.is_quiet()) return false;
  __kernel_timespec left{};
  bool sleeps = again_.empty() && deadline != time_point::min();
  // It holds a signal back until a call that it intercepts; liburing's are none, and would sleep with the
  // signal pending. (Nor does poll(2) of a ring whose work is deferred tell of all that happens: seen
  // on 6.18.)
  if (sys::thread_sanitizer && sleeps)
    deadline = std::min(deadline, clock::now() + std::chrono::milliseconds(10));
  if (sleeps) {
    asleep_.store(true, std::memory_order_seq_cst);
    if (loop_->has_mail()) sleeps = false;
  }
  if (sleeps && deadline != time_point::max()) {
    const auto ns = std::chrono::nanoseconds(deadline - clock::now()).count();
    sleeps = ns > 0;
    left = {ns / 1'000'000'000, ns % 1'000'000'000};
  }
  ring_.submit_by([&](io_uring* r) {
    if (!sleeps) return io_uring_submit_and_get_events(r);
    if (deadline == time_point::max()) return io_uring_submit_and_wait(r, 1);
    io_uring_cqe* first = nullptr;
    return io_uring_submit_and_wait_timeout(r, &first, 1, &left, nullptr);
  });
  asleep_.store(false, std::memory_order_relaxed);
  const bool something = collect<true>();
  ask_again();
  if (again_.empty()) return something;
  intrusive_list<runnable> batch;
  batch.take(again_);
  while (!batch.empty()) {
    io& op = static_cast<io&>(batch.pop_front());
    if (advance(op)) loop_->complete(op);
  }
  return true;
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
