// SPDX-License-Identifier: MIT
#include "support/seccomp.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <vector>

namespace fairlead::testing {

bool deny_system_calls(std::span<const long> numbers, int error) noexcept {
  // seccomp(2), kernel: Documentation/userspace-api/seccomp_filter.rst. The calls are our own, so the
  // architecture is known and need not be checked.
  const auto load = BPF_LD | BPF_W | BPF_ABS;
  const auto equal = BPF_JMP | BPF_JEQ | BPF_K;
  const auto answer = BPF_RET | BPF_K;
  std::vector<sock_filter> code;
  code.push_back(BPF_STMT(load, static_cast<__u32>(offsetof(seccomp_data, nr))));
  for (const long n : numbers) {
    code.push_back(BPF_JUMP(equal, static_cast<__u32>(n), 0, 1));
    code.push_back(BPF_STMT(answer, SECCOMP_RET_ERRNO | (static_cast<__u32>(error) & SECCOMP_RET_DATA)));
  }
  code.push_back(BPF_STMT(answer, SECCOMP_RET_ALLOW));
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

bool deny_io_uring() noexcept {
  constexpr long calls[] = {SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register};
  return deny_system_calls(calls, EPERM);
}

}  // namespace fairlead::testing
