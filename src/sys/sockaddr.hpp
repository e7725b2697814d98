// SPDX-License-Identifier: MIT
// Endpoints as the kernel has them. On the path of every datagram: no allocation, no system call, and
// nothing is written but what the address needs.
#pragma once

#include <sys/socket.h>

#include <fairlead/address.hpp>

namespace fairlead::sys {

/// Room for any address. Left uninitialised on purpose: 128 bytes of zeros for each datagram are not free.
struct sockaddr_buffer {
  sockaddr_storage storage;
  socklen_t length;

  [[nodiscard]] sockaddr* data() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
  [[nodiscard]] const sockaddr* data() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
};

/// Writes `from` into `into` and sets its length; the length is 0 for an unspecified endpoint.
void to_sockaddr(const endpoint& from, sockaddr_buffer& into) noexcept;

/// Reads what the kernel wrote: `length` is what it reported, which may exceed the buffer it was given.
/// An address of another family, a shortened one, and a Unix path of 108 bytes, which the kernel accepts
/// without a terminator, are given as an unspecified endpoint.
[[nodiscard]] endpoint from_sockaddr(const sockaddr* from, socklen_t length) noexcept;
[[nodiscard]] inline endpoint from_sockaddr(const sockaddr_buffer& from) noexcept {
  return from_sockaddr(from.data(), from.length);
}

/// AF_INET, AF_INET6, AF_UNIX or AF_UNSPEC.
[[nodiscard]] int to_domain(family f) noexcept;

}  // namespace fairlead::sys
