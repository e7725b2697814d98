// SPDX-License-Identifier: MIT
// An io_uring as the driver uses it: made with what the kernel has of the flags that help, and entries
// written without asking whose they are.
#pragma once

#include <liburing.h>

#include <cstdint>

namespace fairlead::detail {

class submission_ring {
 public:
  static constexpr unsigned submissions = 256;
  static constexpr unsigned completions = 4096;

  submission_ring() = default;
  submission_ring(const submission_ring&) = delete;
  submission_ring& operator=(const submission_ring&) = delete;
  ~submission_ring();
  /// 0 or an errno value.
  int make() noexcept;
  /// The calling thread is about to use it. False if it belongs to another one, or the kernel refuses.
  bool enter() noexcept;
  [[nodiscard]] bool was_entered() const noexcept { return issuer_ != 0; }

  [[nodiscard]] bool is_full() const noexcept { return ring_.sq.sqe_tail == full_at_; }
  /// As io_uring_get_sqe(), which also asks for what this ring was not made with. Precondition: not full.
  [[nodiscard]] io_uring_sqe& next_entry() noexcept {
    return ring_.sq.sqes[ring_.sq.sqe_tail++ & ring_.sq.ring_mask];
  }
  /// `call` submits by liburing. That would fill in, each time, the array that says which entry is whose; it
  /// was filled in for good, so all there is to do is to show the kernel how far we have written.
  template <class Call>
  int submit_by(Call call) noexcept {
    io_uring_sq& q = ring_.sq;
    io_uring_smp_store_release(q.ktail, q.sqe_tail);
    q.sqe_head = q.sqe_tail;
    const int r = call(&ring_);
    full_at_ = io_uring_smp_load_acquire(q.khead) + q.ring_entries;
    return r;
  }
  /// Entering the kernel would neither give nor take anything.
  [[nodiscard]] bool is_quiet() const noexcept {
    constexpr unsigned work = IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW;
    return ring_.sq.sqe_tail == ring_.sq.sqe_head && (IO_URING_READ_ONCE(*ring_.sq.kflags) & work) == 0 &&
           *ring_.cq.khead == io_uring_smp_load_acquire(ring_.cq.ktail);
  }
  /// For what has ended, and for registering.
  [[nodiscard]] io_uring& raw() noexcept { return ring_; }

 private:
  io_uring ring_{};
  unsigned full_at_ = 0;  // where the tail of the submissions is when there is no room for another
  bool made_ = false;
  std::uint64_t issuer_ = 0;  // the thread that entered it
};

}  // namespace fairlead::detail
