// SPDX-License-Identifier: MIT
#include "sys/sockaddr.hpp"

#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "address/parsing.hpp"

namespace fairlead::sys {

namespace {

constexpr socklen_t unix_header = offsetof(sockaddr_un, sun_path);
static_assert(sizeof(sockaddr_un::sun_path) == unix_address::max_size + 1);

// The parts are copied with memcpy: whatever lies in the caller's buffer, no object there is assumed.
template <class Address>
void put(const Address& made, socklen_t length, sockaddr_buffer& into) noexcept {
  std::memcpy(&into.storage, &made, length);
  into.length = length;
}

void put_ip(const ip_endpoint& from, sockaddr_buffer& into) noexcept {
  const in_port_t port = htons(from.port().number());
  if (from.address().is_v4()) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_port = port;
    made.sin_addr.s_addr = htonl(from.address().v4().to_uint());
    put(made, sizeof made, into);
    return;
  }
  const ipv6_address& v6 = from.address().v6();
  sockaddr_in6 made{};
  made.sin6_family = AF_INET6;
  made.sin6_port = port;
  std::memcpy(&made.sin6_addr, v6.bytes().data(), v6.bytes().size());
  made.sin6_scope_id = v6.scope_id();
  put(made, sizeof made, into);
}

void put_unix(const unix_address& from, sockaddr_buffer& into) noexcept {
  const std::string_view name = from.name();
  const sa_family_t family = AF_UNIX;
  char* const at = reinterpret_cast<char*>(&into.storage);
  std::memcpy(at, &family, sizeof family);
  into.length = unix_header;
  if (from.is_unnamed()) return;
  // unix(7): an abstract name follows a NUL and its length tells where it ends; a path ends with a NUL.
  char* const path = at + unix_header;
  std::memcpy(path + (from.is_abstract() ? 1 : 0), name.data(), name.size());
  path[from.is_abstract() ? 0 : name.size()] = '\0';
  into.length += static_cast<socklen_t>(name.size()) + 1;
}

endpoint get_unix(const sockaddr* from, socklen_t length) noexcept {
  if (length <= unix_header) return unix_address();
  const char* const path = reinterpret_cast<const char*>(from) + unix_header;
  // A path without a terminator makes the kernel report one byte more than there is room for.
  const std::size_t size = std::min<std::size_t>(length - unix_header, sizeof(sockaddr_un::sun_path));
  if (path[0] == '\0') return detail::unix_address_maker::abstract({path + 1, size - 1});
  const std::size_t end = ::strnlen(path, size);
  if (end > unix_address::max_size) return {};
  return detail::unix_address_maker::path({path, end});
}

}  // namespace

void to_sockaddr(const endpoint& from, sockaddr_buffer& into) noexcept {
  if (from.is_ip()) {
    put_ip(from.ip(), into);
  } else if (from.is_unix()) {
    put_unix(from.unix_socket(), into);
  } else {
    into.length = 0;
  }
}

endpoint from_sockaddr(const sockaddr* from, socklen_t length) noexcept {
  sa_family_t family = AF_UNSPEC;
  if (length < sizeof family) return {};
  std::memcpy(&family, from, sizeof family);
  if (family == AF_INET && length >= sizeof(sockaddr_in)) {
    sockaddr_in read;
    std::memcpy(&read, from, sizeof read);
    return ip_endpoint(ipv4_address(ntohl(read.sin_addr.s_addr)), port(ntohs(read.sin_port)));
  }
  if (family == AF_INET6 && length >= sizeof(sockaddr_in6)) {
    sockaddr_in6 read;
    std::memcpy(&read, from, sizeof read);
    ipv6_address::bytes_type bytes;
    std::memcpy(bytes.data(), &read.sin6_addr, bytes.size());
    return ip_endpoint(ipv6_address(bytes, read.sin6_scope_id), port(ntohs(read.sin6_port)));
  }
  if (family == AF_UNIX) return get_unix(from, length);
  return {};
}

int to_domain(family f) noexcept {
  switch (f) {
    case family::unspecified: return AF_UNSPEC;
    case family::ipv4: return AF_INET;
    case family::ipv6: return AF_INET6;
    case family::unix_domain: return AF_UNIX;
  }
  return AF_UNSPEC;
}

}  // namespace fairlead::sys
