// SPDX-License-Identifier: MIT
// The two calls that nearly every message is, where the compiler can see them: bytes moved, or -1 and errno.
// The rest is in socket.hpp.
#pragma once

#include <sys/socket.h>

#include <fairlead/buffer.hpp>

#include "sys/outcome.hpp"
#include "sys/retry.hpp"

namespace fairlead::sys {

[[nodiscard]] inline long recv_once(int fd, void* data, std::size_t size) noexcept {
  return ::recv(fd, data, size, MSG_DONTWAIT);
}
[[nodiscard]] inline long send_once(int fd, const void* data, std::size_t size) noexcept {
  return ::send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

[[nodiscard]] inline outcome recv(int fd, mutable_buffer b) noexcept {
  return from_return(retry([&] { return recv_once(fd, b.data, b.size); }));
}
[[nodiscard]] inline outcome send(int fd, const_buffer b) noexcept {
  return from_return(retry([&] { return send_once(fd, b.data, b.size); }));
}

}  // namespace fairlead::sys
