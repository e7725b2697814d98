// SPDX-License-Identifier: MIT
#include "recording/packet.hpp"

#include <concepts>

namespace tool::recording {

namespace {

using namespace fairlead;
using bytes = std::vector<std::byte>;

constexpr std::size_t ethernet = 14;
constexpr std::uint8_t tcp_number = 6;
constexpr std::uint8_t udp_number = 17;

template <std::unsigned_integral T>
void put(bytes& to, T value) {
  for (std::size_t i = sizeof(T); i-- > 0;)
    to.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xffU));
}

void put_address(bytes& to, const ip_address& a) {
  if (a.is_v4()) {
    const auto four = a.v4().bytes();
    for (const std::uint8_t b : four) put(to, b);
  } else {
    for (const std::uint8_t b : a.v6().bytes()) put(to, b);
  }
}

// The sum of RFC 1071, not yet folded: of all 16-bit words, the last one filled with a zero.
std::uint64_t sum(const_buffer b) {
  std::uint64_t s = 0;
  for (std::size_t i = 0; i < b.size; ++i)
    s += std::to_integer<std::uint64_t>(b.data[i]) << (i % 2 == 0 ? 8U : 0U);
  return s;
}

std::uint16_t folded(std::uint64_t s) {
  while (s >> 16U != 0) s = (s & 0xffffU) + (s >> 16U);
  return static_cast<std::uint16_t>(~s & 0xffffU);
}

void set_at(bytes& to, std::size_t at, std::uint16_t value) {
  to[at] = static_cast<std::byte>(value >> 8U);
  to[at + 1] = static_cast<std::byte>(value & 0xffU);
}

// Everything before the header of the transport, for so many bytes from there on.
bytes begun(const ip_endpoint& from, const ip_endpoint& to, std::uint8_t protocol, std::size_t size) {
  bytes made;
  const bool six = from.family() == family::ipv6;
  made.reserve(ethernet + 40 + size);
  made.resize(12);  // no hardware has addresses here, as on the loopback interface
  put(made, static_cast<std::uint16_t>(six ? 0x86DD : 0x0800));
  if (six) {  // RFC 8200
    put(made, std::uint32_t{6} << 28U);
    put(made, static_cast<std::uint16_t>(size));
    put(made, protocol);
    put(made, std::uint8_t{64});
  } else {  // RFC 791
    put(made, static_cast<std::uint16_t>(0x4500));
    put(made, static_cast<std::uint16_t>(20 + size));
    put(made, std::uint32_t{0x4000});  // not to be fragmented
    put(made, std::uint8_t{64});
    put(made, protocol);
    put(made, std::uint16_t{0});
  }
  put_address(made, from.address());
  put_address(made, to.address());
  if (!six) set_at(made, ethernet + 10, folded(sum({made.data() + ethernet, 20})));
  return made;
}

// The checksum of what begins at `begin`, with the pseudo-header.
std::uint16_t checksum(const bytes& packet, std::size_t begin, bool six, std::uint8_t protocol) {
  const std::size_t addresses = six ? 32 : 8;
  const std::size_t size = packet.size() - begin;
  return folded(sum({packet.data() + begin - addresses, addresses}) + protocol + size +
                sum({packet.data() + begin, size}));
}

}  // namespace

bytes tcp_packet(const ip_endpoint& from, const ip_endpoint& to, const tcp_part& part, const_buffer payload) {
  const std::size_t options = (part.flags & syn) != 0 ? 8 : 0;
  const std::size_t header = 20 + options;
  bytes made = begun(from, to, tcp_number, header + payload.size);
  const std::size_t begin = made.size();
  put(made, from.port().number());
  put(made, to.port().number());
  put(made, part.sequence);
  put(made, part.acknowledged);
  put(made, static_cast<std::uint8_t>(header / 4 << 4U));
  put(made, part.flags);
  put(made, std::uint16_t{65535});
  put(made, std::uint32_t{0});
  if (options > 0) {  // largest segment; windows count in 2^14 bytes (RFC 7323); padding
    put(made, std::uint32_t{0x0204'0000} | static_cast<std::uint32_t>(largest_segment));
    put(made, std::uint32_t{0x0303'0E01});
  }
  made.insert(made.end(), payload.data, payload.data + payload.size);
  set_at(made, begin + 16, checksum(made, begin, from.family() == family::ipv6, tcp_number));
  return made;
}

bytes udp_packet(const ip_endpoint& from, const ip_endpoint& to, const_buffer payload) {
  bytes made = begun(from, to, udp_number, 8 + payload.size);
  const std::size_t begin = made.size();
  put(made, from.port().number());
  put(made, to.port().number());
  put(made, static_cast<std::uint16_t>(8 + payload.size));
  put(made, std::uint16_t{0});
  made.insert(made.end(), payload.data, payload.data + payload.size);
  const std::uint16_t computed = checksum(made, begin, from.family() == family::ipv6, udp_number);
  set_at(made, begin + 6, computed == 0 ? 0xffff : computed);  // 0 would mean none (RFC 768)
  return made;
}

}  // namespace tool::recording
