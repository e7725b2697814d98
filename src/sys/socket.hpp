// SPDX-License-Identifier: MIT
// The socket calls, each tried once without blocking. EINTR and SIGPIPE never get out of here, and no
// datagram is cut short without saying so: errc::message_size.
#pragma once

#include <cstdint>
#include <vector>

#include <fairlead/address.hpp>
#include <fairlead/buffer.hpp>

#include "sys/outcome.hpp"

namespace fairlead::sys {

/// A new socket: close-on-exec and non-blocking from birth.
outcome open_socket(family f, transport t, bool multipath = false) noexcept;
outcome open_pair(transport t, int (&ends)[2]) noexcept;
outcome reuse_address(int fd) noexcept;
outcome bind(int fd, const endpoint& where) noexcept;
outcome listen(int fd, int backlog) noexcept;

/// The descriptor in `count`; `peer` may be null.
outcome accept(int fd, endpoint* peer) noexcept;

/// EAGAIN while the attempt is under way; then ask connected().
outcome connect(int fd, const endpoint& peer) noexcept;
/// The attempt's outcome: EAGAIN while it is under way.
outcome connected(int fd) noexcept;
/// UDP and Unix datagram: takes the peer away again (AF_UNSPEC).
outcome disconnect(int fd) noexcept;

outcome recv_vectored(int fd, mutable_buffers b) noexcept;
outcome send_vectored(int fd, const_buffers b) noexcept;
/// Of a datagram or a record: whole or EMSGSIZE.
outcome recv_record(int fd, mutable_buffers b) noexcept;
outcome recv_from(int fd, mutable_buffers b, endpoint& from) noexcept;
outcome send_to(int fd, const_buffers b, const endpoint& to) noexcept;

/// Bytes with descriptors (SCM_RIGHTS, unix(7)). At most 253 descriptors travel at once (SCM_MAX_FD).
constexpr std::size_t max_descriptors = 253;
outcome send_descriptors(int fd, const_buffers b, std::span<const int> descriptors) noexcept;
/// What arrived is written to `descriptors`, close-on-exec; more than fit are closed and EMSGSIZE is said.
outcome recv_descriptors(int fd, mutable_buffers b, std::span<int> descriptors, std::size_t& arrived,
                         bool records) noexcept;

enum class half : unsigned char { receiving, sending, both };
outcome shutdown(int fd, half which) noexcept;

outcome local_endpoint(int fd, endpoint& where) noexcept;
outcome peer_endpoint(int fd, endpoint& where) noexcept;

/// What an adopted descriptor is: ENOTSOCK, or a transport that has no name here (EPROTONOSUPPORT).
outcome describe(int fd, family& f, transport& t, bool& listening) noexcept;

struct credentials {
  int process;
  unsigned user;
  unsigned group;
};
outcome peer_credentials(int fd, credentials& who) noexcept;
/// ENOPROTOOPT before Linux 4.13.
outcome peer_groups(int fd, std::vector<std::uint32_t>& groups);

}  // namespace fairlead::sys
