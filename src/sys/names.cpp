// SPDX-License-Identifier: MIT
// Interfaces and services by name: the system's answers to address/system_names.hpp.
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "address/system_names.hpp"

namespace fairlead::system_names {

std::uint32_t interface_index(std::string_view name) noexcept {
  // Longer names do not exist, and if_nametoindex(3) would cut a name at a NUL.
  if (name.empty() || name.size() >= IF_NAMESIZE || name.find('\0') != std::string_view::npos) return 0;
  std::array<char, IF_NAMESIZE> terminated{};
  std::memcpy(terminated.data(), name.data(), name.size());
  return ::if_nametoindex(terminated.data());
}

std::string_view interface_name(std::uint32_t index, std::array<char, 64>& storage) noexcept {
  static_assert(IF_NAMESIZE <= 64);
  if (::if_indextoname(index, storage.data()) == nullptr) return {};
  return storage.data();
}

std::optional<std::uint16_t> service_port(std::string_view name, transport protocol) {
  // Unix sockets have no ports; a name looked up for them is meant as everybody means it.
  const char* const database = protocol == transport::udp ? "udp" : "tcp";
  const std::string terminated(name);
  servent entry{};
  servent* found = nullptr;
  std::vector<char> storage(1024);
  int failed =
      ::getservbyname_r(terminated.c_str(), database, &entry, storage.data(), storage.size(), &found);
  // An entry with many aliases needs more room (getservbyname_r(3)); the bound is against a broken source.
  while (failed == ERANGE && storage.size() < (std::size_t{1} << 20U)) {
    storage.resize(storage.size() * 4);
    failed = ::getservbyname_r(terminated.c_str(), database, &entry, storage.data(), storage.size(), &found);
  }
  if (failed != 0 || found == nullptr) return std::nullopt;
  return ntohs(static_cast<std::uint16_t>(found->s_port));
}

}  // namespace fairlead::system_names
