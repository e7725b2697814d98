// SPDX-License-Identifier: MIT
#include "sys/datagrams.hpp"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "sys/retry.hpp"
#include "sys/sockaddr.hpp"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace fairlead::sys {

namespace {

constexpr std::size_t most_messages = 32;     // in one system call
constexpr std::size_t most_segments = 64;     // UDP_MAX_SEGMENTS of all kernels that have it
constexpr std::size_t most_payload = 65'507;  // of one piece: 2^16 - 1 less the headers of UDP and IPv4

iovec* as_iovec(const const_buffer* b) noexcept {
  return reinterpret_cast<iovec*>(const_cast<const_buffer*>(b));
}

// How many of the first datagrams go as one piece: equal in size, but for a last one that may be shorter.
std::size_t neighbours(const_buffers all, bool together) noexcept {
  const std::size_t size = all.front().size;
  if (!together || size == 0) return 1;
  std::size_t n = 1;
  std::size_t total = size;
  while (n < all.size() && n < most_segments) {
    const std::size_t next = all[n].size;
    if (next == 0 || next > size || total + next > most_payload) break;
    total += next;
    ++n;
    if (next < size) break;
  }
  return n;
}

struct alignas(cmsghdr) segment_size {
  std::array<char, CMSG_SPACE(sizeof(std::uint16_t))> bytes{};
};

void announce(msghdr& m, segment_size& space, std::size_t size) noexcept {
  m.msg_control = space.bytes.data();
  m.msg_controllen = space.bytes.size();
  cmsghdr* const c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = IPPROTO_UDP;
  c->cmsg_type = UDP_SEGMENT;
  c->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
  const auto each = static_cast<std::uint16_t>(size);
  std::memcpy(CMSG_DATA(c), &each, sizeof each);
}

struct alignas(cmsghdr) arrival_space {
  std::array<char, CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(std::uint32_t))> bytes;
};

// The size of each datagram in it; 0 where it is one.
std::size_t read_control(msghdr& m, std::uint32_t& lost) noexcept {
  int each = 0;
  for (cmsghdr* c = CMSG_FIRSTHDR(&m); c != nullptr; c = CMSG_NXTHDR(&m, c)) {
    if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
      std::memcpy(&each, CMSG_DATA(c), sizeof each);
    } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
      std::memcpy(&lost, CMSG_DATA(c), sizeof lost);
    }
  }
  return each > 0 ? static_cast<std::size_t>(each) : 0;
}

}  // namespace

bool expect_glued(int fd) noexcept {
  const int on = 1;
  (void)::setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
  return ::setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on) == 0;
}

outcome recv_glued(int fd, detail::datagram_pieces& into) noexcept {
  std::array<mmsghdr, most_messages> messages;
  std::array<iovec, most_messages> memory;
  std::array<sockaddr_buffer, most_messages> senders;
  std::array<arrival_space, most_messages> control;
  into.clear();
  const std::size_t room = std::min(into.pieces.size(), most_messages);
  for (std::size_t i = 0; i < room; ++i) {
    memory[i] = {into.at(i), detail::datagram_pieces::piece_size};
    msghdr& m = messages[i].msg_hdr;
    m = {};
    m.msg_iov = &memory[i];
    m.msg_iovlen = 1;
    m.msg_name = &senders[i].storage;
    m.msg_namelen = sizeof senders[i].storage;
    m.msg_control = control[i].bytes.data();
    m.msg_controllen = control[i].bytes.size();
  }
  const long n = retry(
      [&] { return ::recvmmsg(fd, messages.data(), static_cast<unsigned>(room), MSG_DONTWAIT, nullptr); });
  if (n < 0) return from_return(n);
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
    msghdr& m = messages[i].msg_hdr;
    into.pieces[i].from = from_sockaddr(senders[i].data(), m.msg_namelen);
    into.fill(i, messages[i].msg_len, read_control(m, into.lost));
  }
  into.used = static_cast<std::size_t>(n);
  return {0, into.datagrams};
}

outcome send_datagrams(int fd, const_buffers datagrams, const endpoint* to, bool together) noexcept {
  std::array<mmsghdr, most_messages> messages;
  std::array<segment_size, most_messages> control;
  std::array<std::size_t, most_messages> counts{};
  sockaddr_buffer peer;
  if (to != nullptr) to_sockaddr(*to, peer);
  std::size_t used = 0;
  for (const_buffers left = datagrams; !left.empty() && used < most_messages; ++used) {
    const std::size_t n = neighbours(left, together);
    msghdr& m = messages[used].msg_hdr;
    m = {};
    m.msg_iov = as_iovec(left.data());
    m.msg_iovlen = n;
    if (to != nullptr) m.msg_name = &peer.storage, m.msg_namelen = peer.length;
    if (n > 1) announce(m, control[used], left.front().size);
    counts[used] = n;
    left = left.subspan(n);
  }
  const long sent = retry([&] {
    return ::sendmmsg(fd, messages.data(), static_cast<unsigned>(used), MSG_DONTWAIT | MSG_NOSIGNAL);
  });
  if (sent < 0) {
    // EINVAL: too long for the path, or an old kernel; EIO: the device cannot sum; EMSGSIZE: in all too long.
    const bool refused = errno == EINVAL || errno == EIO || errno == EMSGSIZE || errno == EOPNOTSUPP;
    return refused && counts.front() > 1 ? outcome{EOPNOTSUPP, 0} : from_return(sent);
  }
  outcome r;
  for (std::size_t i = 0; i < static_cast<std::size_t>(sent); ++i) r.count += counts[i];
  return r;
}

}  // namespace fairlead::sys
