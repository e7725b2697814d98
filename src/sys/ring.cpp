// SPDX-License-Identifier: MIT
#include "sys/ring.hpp"

#include <linux/io_uring.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace fairlead::sys {

outcome enable_ring(int fd) noexcept {
  return from_return(::syscall(__NR_io_uring_register, fd, IORING_REGISTER_ENABLE_RINGS, nullptr, 0));
}

}  // namespace fairlead::sys
