// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cstring>

#include "address/parsing.hpp"
#include "proxy/header.hpp"

namespace fairlead::detail {

namespace {

std::string number(std::size_t n) { return std::to_string(n); }

std::size_t u16(std::span<const std::byte> bytes, std::size_t at) {
  return octet(bytes, at) << 8U | octet(bytes, at + 1);
}

template <class Address>
ip_address read_ip(std::span<const std::byte> from) {
  typename Address::bytes_type bytes;
  std::memcpy(bytes.data(), from.data(), bytes.size());
  return ip_address(Address(bytes));
}

template <class Address>
void read_ips(std::span<const std::byte> block, proxy_header& into) {
  constexpr std::size_t size = std::tuple_size_v<typename Address::bytes_type>;
  const auto read_port = [&](std::size_t at) { return port(static_cast<std::uint16_t>(u16(block, at))); };
  into.source = endpoint(read_ip<Address>(block), read_port(2 * size));
  into.destination = endpoint(read_ip<Address>(block.subspan(size)), read_port(2 * size + 2));
}

// A name fills its place up with NULs. One that begins with NUL and goes on is abstract (unix(7)).
std::optional<endpoint> read_unix(std::span<const std::byte> place) {
  const std::string_view text = text_of(place);
  const std::size_t last = text.find_last_not_of('\0');
  if (last == std::string_view::npos) return endpoint(unix_address());
  const result<unix_address> name = text[0] == '\0' ? unix_address::abstract(text.substr(1, last))
                                                    : unix_address::path(text.substr(0, text.find('\0')));
  if (!name) return std::nullopt;
  return endpoint(*name);
}

// The checksum is that of the whole header with zeros in its own place.
bool is_right(std::span<const std::byte> whole, std::size_t at) {
  constexpr std::array<std::byte, 4> zeros{};
  const std::uint32_t sum = crc32c(whole.subspan(at + 4), crc32c(zeros, crc32c(whole.first(at))));
  return sum == (static_cast<std::uint32_t>(u16(whole, at)) << 16U | u16(whole, at + 2));
}

std::string read_fields(std::span<const std::byte> whole, std::size_t at, proxy_header& into) {
  constexpr std::size_t head = 3;
  while (at < whole.size()) {
    if (whole.size() - at < head) return "has " + number(whole.size() - at) + " bytes behind its fields";
    const auto type = static_cast<std::uint8_t>(octet(whole, at));
    const std::size_t size = u16(whole, at + 1);
    at += head;
    if (size > whole.size() - at) {
      return "has a field of type " + number(type) + " and " + number(size) + " bytes where " +
             number(whole.size() - at) + " are left";
    }
    if (type == checksum_field) {
      if (size != 4) return "has a checksum that is none";
      if (into.checksum) return "has a second checksum";  // each costs a walk through all bytes
      if (!is_right(whole, at)) return "has a checksum that is wrong";
      into.checksum = true;
    } else if (type == proxy_header::unique_id && size > longest_unique_id) {
      return "has a unique id of " + number(size) + " bytes, more than 128";
    } else if (type != padding_field) {
      into.fields.push_back({type, std::string(text_of(whole.subspan(at, size)))});
    }
    at += size;
  }
  return {};
}

std::string read_addresses(std::span<const std::byte> block, family_v2 family, kind_v2 kind,
                           proxy_header& into) {
  const bool streams = kind == kind_v2::stream;
  into.transport = streams ? transport::tcp : transport::udp;
  switch (family) {
    case family_v2::ipv4: read_ips<ipv4_address>(block, into); return {};
    case family_v2::ipv6: read_ips<ipv6_address>(block, into); return {};
    case family_v2::unix_socket: break;
    case family_v2::unspecified: return {};
  }
  into.transport = streams ? transport::unix_stream : transport::unix_datagram;
  const std::optional<endpoint> source = read_unix(block.first(unix_size));
  const std::optional<endpoint> destination = read_unix(block.subspan(unix_size));
  if (!source || !destination) return "has a Unix path that is too long";
  into.source = *source;
  into.destination = *destination;
  return {};
}

}  // namespace

std::string decode_v2(std::span<const std::byte> whole, proxy_header& into) {
  into = proxy_header();
  const unsigned version = octet(whole, 12) >> 4U;
  const unsigned command = octet(whole, 12) & 15U;
  const unsigned family = octet(whole, 13) >> 4U;
  const unsigned kind = octet(whole, 13) & 15U;
  if (version != 2) return "is of version " + number(version) + ", which does not exist";
  // For LOCAL everything that follows is to be discarded, the family included.
  if (command == static_cast<unsigned>(command_v2::local)) {
    into.local = true;
    return {};
  }
  if (command != static_cast<unsigned>(command_v2::proxied))
    return "has the command " + number(command) + ", which does not exist";
  if (family > static_cast<unsigned>(family_v2::unix_socket))
    return "has the address family " + number(family) + ", which does not exist";
  if (kind > static_cast<unsigned>(kind_v2::datagram))
    return "has the transport " + number(kind) + ", which does not exist";
  if (family == 0 || kind == 0) {
    into.local = true;
    return {};
  }
  const auto f = static_cast<family_v2>(family);
  const std::size_t size = block_size(f);
  if (whole.size() - head_v2 < size) {
    return "has " + number(whole.size() - head_v2) + " bytes for addresses that take " + number(size);
  }
  std::string defect = read_addresses(whole.subspan(head_v2, size), f, static_cast<kind_v2>(kind), into);
  return defect.empty() ? read_fields(whole, head_v2 + size, into) : defect;
}

}  // namespace fairlead::detail
