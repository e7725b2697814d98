// SPDX-License-Identifier: MIT
#include "sys/socket.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>

#include "sys/descriptor.hpp"
#include "sys/retry.hpp"
#include "sys/sockaddr.hpp"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

namespace fairlead::sys {

namespace {

int type(transport t) noexcept {
  switch (t) {
    case transport::tcp:
    case transport::unix_stream: return SOCK_STREAM;
    case transport::udp:
    case transport::unix_datagram: return SOCK_DGRAM;
    case transport::unix_seqpacket: return SOCK_SEQPACKET;
  }
  return SOCK_STREAM;
}

msghdr header(const void* buffers, std::size_t count) noexcept {
  msghdr m{};
  m.msg_iov = const_cast<iovec*>(static_cast<const iovec*>(buffers));
  m.msg_iovlen = std::min<std::size_t>(count, IOV_MAX);
  return m;
}

outcome receive(int fd, msghdr& m, int flags) noexcept {
  const outcome r = from_return(retry([&] { return ::recvmsg(fd, &m, MSG_DONTWAIT | flags); }));
  if (r.ok() && (m.msg_flags & MSG_TRUNC) != 0) return {EMSGSIZE, 0};
  return r;
}

outcome transmit(int fd, const msghdr& m) noexcept {
  return from_return(retry([&] { return ::sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL); }));
}

}  // namespace

outcome open_socket(family f, transport t, bool multipath) noexcept {
  // The kernel would make a Unix stream of TCP over the Unix family.
  const bool ip = t == transport::tcp || t == transport::udp;
  if (f == family::unspecified || ip != (f != family::unix_domain)) return {EAFNOSUPPORT, 0};
  const int protocol = multipath && t == transport::tcp ? IPPROTO_MPTCP : 0;
  return from_return(::socket(to_domain(f), type(t) | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
}

outcome open_pair(transport t, int (&ends)[2]) noexcept {
  return from_return(::socketpair(AF_UNIX, type(t) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends));
}

outcome reuse_address(int fd) noexcept {
  const int on = 1;
  return from_return(::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
}

outcome bind(int fd, const endpoint& where) noexcept {
  sockaddr_buffer a;
  to_sockaddr(where, a);
  return from_return(::bind(fd, reinterpret_cast<const sockaddr*>(&a.storage), a.length));
}

outcome listen(int fd, int backlog) noexcept { return from_return(::listen(fd, backlog)); }

outcome accept(int fd, endpoint* peer) noexcept {
  sockaddr_buffer a;
  a.length = sizeof a.storage;
  auto* address = reinterpret_cast<sockaddr*>(&a.storage);
  const outcome r =
      from_return(retry([&] { return ::accept4(fd, address, &a.length, SOCK_CLOEXEC | SOCK_NONBLOCK); }));
  if (r.ok() && peer != nullptr) *peer = from_sockaddr(address, a.length);
  return r;
}

outcome connect(int fd, const endpoint& peer) noexcept {
  sockaddr_buffer a;
  to_sockaddr(peer, a);
  const auto attempt = [&] {
    return from_return(::connect(fd, reinterpret_cast<const sockaddr*>(&a.storage), a.length));
  };
  outcome r = attempt();
  // How Linux tells of an earlier attempt that failed; from then on the socket is as good as new.
  if (r.code == ECONNABORTED) r = attempt();
  // Interrupted or begun, the attempt goes on in the kernel. On loopback it has often succeeded already.
  if (r.code == EINPROGRESS || r.code == EALREADY || r.code == EINTR) return connected(fd);
  if (r.code == EISCONN) return {};
  return r;
}

outcome connected(int fd) noexcept {
  pollfd p{fd, POLLOUT, 0};
  if (retry([&] { return ::poll(&p, 1, 0); }) <= 0) return {EAGAIN, 0};
  int error = 0;
  socklen_t length = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return from_return(-1);
  return {error, 0};
}

outcome disconnect(int fd) noexcept {
  sockaddr a{};
  a.sa_family = AF_UNSPEC;
  return from_return(::connect(fd, &a, sizeof a));
}

outcome recv_vectored(int fd, mutable_buffers b) noexcept {
  msghdr m = header(b.data(), b.size());
  return from_return(retry([&] { return ::recvmsg(fd, &m, MSG_DONTWAIT); }));
}

outcome send_vectored(int fd, const_buffers b) noexcept { return transmit(fd, header(b.data(), b.size())); }

outcome recv_record(int fd, mutable_buffers b) noexcept {
  if (b.size() == 1) {
    // The whole length, whatever there was room for (recv(2)): the kernel copies no header for that.
    const mutable_buffer& one = b.front();
    const outcome r =
        from_return(retry([&] { return ::recv(fd, one.data, one.size, MSG_DONTWAIT | MSG_TRUNC); }));
    return r.ok() && r.count > one.size ? outcome{EMSGSIZE, 0} : r;
  }
  msghdr m = header(b.data(), b.size());
  return receive(fd, m, 0);
}

outcome recv_from(int fd, mutable_buffers b, endpoint& from) noexcept {
  sockaddr_buffer a;
  msghdr m = header(b.data(), b.size());
  m.msg_name = &a.storage;
  m.msg_namelen = sizeof a.storage;
  const outcome r = receive(fd, m, 0);
  if (r.ok()) from = from_sockaddr(reinterpret_cast<const sockaddr*>(&a.storage), m.msg_namelen);
  return r;
}

outcome send_to(int fd, const_buffers b, const endpoint& to) noexcept {
  sockaddr_buffer a;
  to_sockaddr(to, a);
  msghdr m = header(b.data(), b.size());
  m.msg_name = &a.storage;
  m.msg_namelen = a.length;
  return transmit(fd, m);
}

namespace {
// An adopted socket may have been told to receive credentials as well (SO_PASSCRED).
struct alignas(cmsghdr) descriptor_space {
  std::array<char, CMSG_SPACE(sizeof(int) * max_descriptors) + CMSG_SPACE(sizeof(ucred))> bytes{};
};
}  // namespace

outcome send_descriptors(int fd, const_buffers b, std::span<const int> descriptors) noexcept {
  if (descriptors.size() > max_descriptors) return {EINVAL, 0};
  descriptor_space space;
  msghdr m = header(b.data(), b.size());
  if (!descriptors.empty()) {
    m.msg_control = space.bytes.data();
    m.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(c), descriptors.data(), descriptors.size_bytes());
  }
  return transmit(fd, m);
}

outcome recv_descriptors(int fd, mutable_buffers b, std::span<int> descriptors, std::size_t& arrived,
                         bool records) noexcept {
  arrived = 0;
  descriptor_space space;
  msghdr m = header(b.data(), b.size());
  m.msg_control = space.bytes.data();
  m.msg_controllen = space.bytes.size();
  outcome r = from_return(retry([&] { return ::recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC); }));
  if (!r.ok()) return r;
  if (records && (m.msg_flags & MSG_TRUNC) != 0) r = {EMSGSIZE, 0};
  // There was room for all that can come, so the kernel had no numbers left for them.
  if ((m.msg_flags & MSG_CTRUNC) != 0) r = {EMFILE, 0};
  for (cmsghdr* c = CMSG_FIRSTHDR(&m); c != nullptr; c = CMSG_NXTHDR(&m, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < n; ++i) {
      int received = -1;
      std::memcpy(&received, CMSG_DATA(c) + i * sizeof(int), sizeof received);
      if (r.ok() && arrived < descriptors.size()) {
        descriptors[arrived++] = received;
      } else {
        close(received);
        if (r.ok()) r = {EMSGSIZE, 0};
      }
    }
  }
  if (!r.ok()) {
    while (arrived > 0) close(descriptors[--arrived]);
  }
  return r;
}

outcome shutdown(int fd, half which) noexcept {
  const int how = which == half::receiving ? SHUT_RD : which == half::sending ? SHUT_WR : SHUT_RDWR;
  return from_return(::shutdown(fd, how));
}

outcome local_endpoint(int fd, endpoint& where) noexcept {
  sockaddr_buffer a;
  a.length = sizeof a.storage;
  auto* address = reinterpret_cast<sockaddr*>(&a.storage);
  const outcome r = from_return(::getsockname(fd, address, &a.length));
  if (r.ok()) where = from_sockaddr(address, a.length);
  return r;
}

outcome peer_endpoint(int fd, endpoint& where) noexcept {
  sockaddr_buffer a;
  a.length = sizeof a.storage;
  auto* address = reinterpret_cast<sockaddr*>(&a.storage);
  const outcome r = from_return(::getpeername(fd, address, &a.length));
  if (r.ok()) where = from_sockaddr(address, a.length);
  return r;
}

outcome describe(int fd, family& f, transport& t, bool& listening) noexcept {
  const auto ask = [fd](int option, int& answer) {
    socklen_t length = sizeof answer;
    return from_return(::getsockopt(fd, SOL_SOCKET, option, &answer, &length));
  };
  int domain_is = 0;
  int type_is = 0;
  int protocol_is = 0;
  int accepts = 0;
  if (const outcome r = ask(SO_DOMAIN, domain_is); !r.ok()) return r;
  if (const outcome r = ask(SO_TYPE, type_is); !r.ok()) return r;
  if (const outcome r = ask(SO_PROTOCOL, protocol_is); !r.ok()) return r;
  if (const outcome r = ask(SO_ACCEPTCONN, accepts); !r.ok()) return r;
  listening = accepts != 0;
  if (domain_is == AF_INET || domain_is == AF_INET6) {
    f = domain_is == AF_INET ? family::ipv4 : family::ipv6;
    // Others come as streams and datagrams too: SCTP, DCCP, UDP-Lite, ICMP.
    const bool tcp = type_is == SOCK_STREAM && (protocol_is == IPPROTO_TCP || protocol_is == IPPROTO_MPTCP);
    const bool udp = type_is == SOCK_DGRAM && protocol_is == IPPROTO_UDP;
    if (!tcp && !udp) return {EPROTONOSUPPORT, 0};
    t = tcp ? transport::tcp : transport::udp;
    return {};
  }
  if (domain_is != AF_UNIX) return {EAFNOSUPPORT, 0};
  f = family::unix_domain;
  t = type_is == SOCK_STREAM  ? transport::unix_stream
      : type_is == SOCK_DGRAM ? transport::unix_datagram
                              : transport::unix_seqpacket;
  return {};
}

outcome peer_credentials(int fd, credentials& who) noexcept {
  ucred c{};
  socklen_t length = sizeof c;
  const outcome r = from_return(::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &length));
  if (r.ok()) who = {static_cast<int>(c.pid), c.uid, c.gid};
  return r;
}

// Asked with too little room, the kernel says how much it takes.
outcome peer_groups(int fd, std::vector<std::uint32_t>& groups) {
  static_assert(sizeof(gid_t) == sizeof(std::uint32_t));
  socklen_t length = 0;
  outcome r = from_return(::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, nullptr, &length));
  while (r.code == ERANGE) {
    groups.resize(length / sizeof(gid_t));
    r = from_return(::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &length));
  }
  groups.resize(r.ok() ? length / sizeof(gid_t) : 0);
  return r;
}

}  // namespace fairlead::sys
