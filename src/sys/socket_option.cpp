// SPDX-License-Identifier: MIT
#include "sys/socket_option.hpp"

#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "sys/sockaddr.hpp"

namespace fairlead::sys {

namespace {

struct place {
  int level;
  int name;
};

place place_of(number_option o, family f) noexcept {
  const bool v6 = f == family::ipv6;
  switch (o) {
    case number_option::reuse_address: return {SOL_SOCKET, SO_REUSEADDR};
    case number_option::reuse_port: return {SOL_SOCKET, SO_REUSEPORT};
    case number_option::broadcast: return {SOL_SOCKET, SO_BROADCAST};
    case number_option::receive_buffer: return {SOL_SOCKET, SO_RCVBUF};
    case number_option::send_buffer: return {SOL_SOCKET, SO_SNDBUF};
    case number_option::keepalive: return {SOL_SOCKET, SO_KEEPALIVE};
    case number_option::no_delay: return {IPPROTO_TCP, TCP_NODELAY};
    case number_option::quick_ack: return {IPPROTO_TCP, TCP_QUICKACK};
    case number_option::cork: return {IPPROTO_TCP, TCP_CORK};
    case number_option::not_sent_low_water: return {IPPROTO_TCP, TCP_NOTSENT_LOWAT};
    case number_option::user_timeout: return {IPPROTO_TCP, TCP_USER_TIMEOUT};
    case number_option::fast_open: return {IPPROTO_TCP, TCP_FASTOPEN};
    case number_option::fast_open_connect: return {IPPROTO_TCP, TCP_FASTOPEN_CONNECT};
    case number_option::keepalive_idle: return {IPPROTO_TCP, TCP_KEEPIDLE};
    case number_option::keepalive_interval: return {IPPROTO_TCP, TCP_KEEPINTVL};
    case number_option::keepalive_count: return {IPPROTO_TCP, TCP_KEEPCNT};
    case number_option::v6_only: return {IPPROTO_IPV6, IPV6_V6ONLY};
    case number_option::hop_limit:
      return v6 ? place{IPPROTO_IPV6, IPV6_UNICAST_HOPS} : place{IPPROTO_IP, IP_TTL};
    case number_option::traffic_class:
      return v6 ? place{IPPROTO_IPV6, IPV6_TCLASS} : place{IPPROTO_IP, IP_TOS};
    case number_option::multicast_hops:
      return v6 ? place{IPPROTO_IPV6, IPV6_MULTICAST_HOPS} : place{IPPROTO_IP, IP_MULTICAST_TTL};
    case number_option::multicast_loop:
      return v6 ? place{IPPROTO_IPV6, IPV6_MULTICAST_LOOP} : place{IPPROTO_IP, IP_MULTICAST_LOOP};
  }
  return {-1, -1};
}

place place_of(text_option o) noexcept {
  return o == text_option::device ? place{SOL_SOCKET, SO_BINDTODEVICE} : place{IPPROTO_TCP, TCP_CONGESTION};
}

template <class Value>
outcome set(int fd, place p, const Value& value) noexcept {
  return from_return(::setsockopt(fd, p.level, p.name, &value, sizeof value));
}

template <class Value>
outcome get(int fd, place p, Value& value) noexcept {
  socklen_t length = sizeof value;
  return from_return(::getsockopt(fd, p.level, p.name, &value, &length));
}

void put(const ip_address& from, sockaddr_storage& into) noexcept {
  sockaddr_buffer made;
  to_sockaddr(ip_endpoint(from, port(0)), made);
  std::memcpy(&into, &made.storage, made.length);
}

}  // namespace

outcome set_option(int fd, family f, number_option o, int value) noexcept {
  const place p = place_of(o, f);
  const outcome r = set(fd, p, value);
  // A dual-stack socket sends IPv4 packets too, by the rules of ip(7). One that is IPv6 only may refuse.
  if (const place v4 = place_of(o, family::ipv4); r.ok() && v4.level != p.level) (void)set(fd, v4, value);
  return r;
}

outcome get_drops(int fd, std::uint32_t& count) noexcept {
  std::array<std::uint32_t, SK_MEMINFO_VARS> figures{};
  const outcome r = get(fd, {SOL_SOCKET, SO_MEMINFO}, figures);
  count = figures[SK_MEMINFO_DROPS];
  return r;
}

// A Unix socket holds nothing any more for a peer that has closed: that this left something unread is an
// error that waits for whoever sends or receives next (unix_release_sock, Linux 6.1). To look at it does not
// take it away.
static bool unread_was_lost(int fd) noexcept {
  int domain = 0;
  socklen_t size = sizeof domain;
  if (::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 || domain != AF_UNIX) return false;
  pollfd p{fd, 0, 0};
  return ::poll(&p, 1, 0) == 1 && (p.revents & POLLERR) != 0;
}

outcome get_send_queue(int fd, std::size_t& bytes) noexcept {
  int count = 0;
  const outcome r = from_return(::ioctl(fd, SIOCOUTQ, &count));
  bytes = count > 0 ? static_cast<std::size_t>(count) : 0;
  if (bytes == 0) return r.ok() && unread_was_lost(fd) ? outcome{ENOTCONN, 0} : r;
  // What a TCP connection held when it was reset would count for ever.
  tcp_info info{};
  socklen_t size = sizeof info;
  const bool tcp = ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0;
  if (tcp && info.tcpi_state == TCP_CLOSE) return {ENOTCONN, 0};
  return r;
}

outcome get_option(int fd, family f, number_option o, int& value) noexcept {
  return get(fd, place_of(o, f), value);
}

outcome set_option(int fd, text_option o, std::string_view value) noexcept {
  const place p = place_of(o);
  return from_return(::setsockopt(fd, p.level, p.name, value.data(), static_cast<socklen_t>(value.size())));
}

outcome get_option(int fd, text_option o, std::string& value) {
  const place p = place_of(o);
  std::array<char, 64> text{};  // IFNAMSIZ and TCP_CA_NAME_MAX are 16
  socklen_t length = text.size();
  const outcome r = from_return(::getsockopt(fd, p.level, p.name, text.data(), &length));
  if (r.ok()) value.assign(text.data(), ::strnlen(text.data(), length));
  return r;
}

outcome set_linger(int fd, std::optional<int> seconds) noexcept {
  return set(fd, {SOL_SOCKET, SO_LINGER}, linger{seconds ? 1 : 0, seconds.value_or(0)});
}

outcome get_linger(int fd, std::optional<int>& seconds) noexcept {
  linger l{};
  const outcome r = get(fd, {SOL_SOCKET, SO_LINGER}, l);
  seconds = l.l_onoff != 0 ? std::optional(l.l_linger) : std::nullopt;
  return r;
}

// RFC 3678's protocol-independent requests: one pair for both families.
outcome set_membership(int fd, bool member, const ip_address& group, std::uint32_t interface,
                       const std::optional<ip_address>& source) noexcept {
  const int level = group.is_v6() ? IPPROTO_IPV6 : IPPROTO_IP;
  if (source) {
    group_source_req r{};
    r.gsr_interface = interface;
    put(group, r.gsr_group);
    put(*source, r.gsr_source);
    return set(fd, {level, member ? MCAST_JOIN_SOURCE_GROUP : MCAST_LEAVE_SOURCE_GROUP}, r);
  }
  group_req r{};
  r.gr_interface = interface;
  put(group, r.gr_group);
  return set(fd, {level, member ? MCAST_JOIN_GROUP : MCAST_LEAVE_GROUP}, r);
}

outcome set_multicast_interface(int fd, family f, std::uint32_t interface) noexcept {
  const int index = static_cast<int>(interface);
  if (f == family::ipv6) {
    const outcome r = set(fd, {IPPROTO_IPV6, IPV6_MULTICAST_IF}, index);
    if (!r.ok()) return r;
  }
  ip_mreqn m{};
  m.imr_ifindex = index;
  const outcome r = set(fd, {IPPROTO_IP, IP_MULTICAST_IF}, m);
  return f == family::ipv6 ? outcome{} : r;
}

outcome get_multicast_interface(int fd, family f, std::uint32_t& interface) noexcept {
  if (f != family::ipv6) return {EOPNOTSUPP, 0};
  int index = 0;
  const outcome r = get(fd, {IPPROTO_IPV6, IPV6_MULTICAST_IF}, index);
  interface = static_cast<std::uint32_t>(index);
  return r;
}

}  // namespace fairlead::sys
