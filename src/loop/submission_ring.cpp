// SPDX-License-Identifier: MIT
#include "loop/submission_ring.hpp"

#include <atomic>
#include <cerrno>

#include "sys/ring.hpp"
#include "sys/sanitizers.hpp"

namespace fairlead::detail {

namespace {

// liburing maps and unmaps by system calls of its own, which ThreadSanitizer does not see: where a ring lies
// that one thread gave back and another was given, it would find a race. The kernel puts the one before the
// other; this says so.
std::atomic<unsigned> unmapped{0};

void about_to_unmap() noexcept {
  if constexpr (sys::thread_sanitizer) unmapped.fetch_add(1, std::memory_order_release);
}

void has_mapped() noexcept {
  if constexpr (sys::thread_sanitizer) (void)unmapped.load(std::memory_order_acquire);
}

}  // namespace

submission_ring::~submission_ring() {
  if (!made_) return;
  about_to_unmap();
  io_uring_queue_exit(&ring_);
}

// The ring starts disabled: with a single issuer, the thread that enables it becomes that issuer, and a loop
// may be made on one thread and run on another.
int submission_ring::make() noexcept {
  int code = 0;
  constexpr unsigned told = IORING_SETUP_TASKRUN_FLAG;  // of work that only entering the kernel would do
  for (const unsigned flags : {unsigned{IORING_SETUP_SINGLE_ISSUER} | IORING_SETUP_DEFER_TASKRUN | told,
                               unsigned{IORING_SETUP_COOP_TASKRUN} | told, 0U}) {
    io_uring_params p{};
    p.flags = flags | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP | IORING_SETUP_R_DISABLED;
    p.cq_entries = completions;
    code = -io_uring_queue_init_params(submissions, &ring_, &p);
    if (code != EINVAL) break;  // anything else will not change with fewer flags
  }
  if (code != 0) return code;
  has_mapped();
  made_ = true;
  full_at_ = ring_.sq.ring_entries;
  for (unsigned i = 0; i < full_at_; ++i) ring_.sq.array[i] = i;
  return 0;
}

bool submission_ring::enter() noexcept {
  // The kernel knows its issuer by the thread itself: an address or std::thread::id is given to a later
  // thread again.
  static std::atomic<std::uint64_t> threads{0};
  static thread_local const std::uint64_t here = ++threads;
  if (was_entered()) return issuer_ == here;
  if (!sys::enable_ring(ring_.ring_fd).ok()) return false;
  (void)io_uring_register_ring_fd(&ring_);  // saves the kernel a look-up; old kernels do without
  issuer_ = here;
  return true;
}

}  // namespace fairlead::detail
