// SPDX-License-Identifier: MIT
// Stands between the library and the C library's socket calls, in the test programs that ask for it: counts
// calls, lets them fail, and tells when a thread is about to sleep. What io_uring does passes it by.
#pragma once

#include <cstddef>
#include <functional>

namespace fairlead::testing {

enum class system_call { accept, recv, recvmsg, send, sendmsg, ppoll };

/// How often this thread made the call.
[[nodiscard]] std::size_t calls_of(system_call c) noexcept;

/// The next `times` calls of this kind on this thread fail with `error` and do nothing.
void fail_next(system_call c, int error, int times = 1) noexcept;

/// As long as it lives, `call(n)` is called on this thread before its n-th sleep in ppoll(2), from 0. What
/// another thread does to a sleeping one can so be done at the last moment before it sleeps, with certainty.
class before_sleeping {
 public:
  explicit before_sleeping(std::function<void(int)> call);
  ~before_sleeping();
  before_sleeping(const before_sleeping&) = delete;
  before_sleeping& operator=(const before_sleeping&) = delete;
};

}  // namespace fairlead::testing
