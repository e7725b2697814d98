// SPDX-License-Identifier: MIT
#include "loop/waker.hpp"

#include <mutex>
#include <vector>

#include "sys/descriptor.hpp"

namespace fairlead::detail {

namespace {

struct spare_wakers {
  std::mutex guard;
  std::vector<int> descriptors;
};

spare_wakers& spares() {
  static auto* const s = new spare_wakers;  // outlives every thread
  return *s;
}

struct thread_waker {
  int fd = -1;
  ~thread_waker() {
    if (fd < 0) return;
    const std::lock_guard lock(spares().guard);
    spares().descriptors.push_back(fd);
  }
};

thread_local thread_waker mine;

}  // namespace

int this_threads_waker() noexcept {
  if (mine.fd >= 0) return mine.fd;
  {
    const std::lock_guard lock(spares().guard);
    if (!spares().descriptors.empty()) {
      mine.fd = spares().descriptors.back();
      spares().descriptors.pop_back();
      return mine.fd;
    }
  }
  const sys::outcome made = sys::open_event(true);
  if (made.ok()) mine.fd = static_cast<int>(made.count);
  return mine.fd;
}

}  // namespace fairlead::detail
