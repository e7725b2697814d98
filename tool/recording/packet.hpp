// SPDX-License-Identifier: MIT
// Packets as they would have been on a wire: Ethernet, IPv4 or IPv6, and TCP or UDP, with right checksums.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <fairlead/address.hpp>
#include <fairlead/buffer.hpp>

namespace tool::recording {

/// Bits of a TCP header (RFC 9293).
enum tcp_flag : std::uint8_t { fin = 1, syn = 2, rst = 4, psh = 8, ack = 16 };

struct tcp_part {
  std::uint32_t sequence = 0;
  std::uint32_t acknowledged = 0;
  std::uint8_t flags = 0;
};

/// What one packet has room for: an IPv4 packet's 65535 bytes, less its headers.
constexpr std::size_t largest_segment = 65535 - 20 - 20;
constexpr std::size_t largest_datagram = 65535 - 20 - 8;

/// Both ends are of one family. A SYN carries the options that allow such large segments and windows.
[[nodiscard]] std::vector<std::byte> tcp_packet(const fairlead::ip_endpoint& from,
                                                const fairlead::ip_endpoint& to, const tcp_part& part,
                                                fairlead::const_buffer payload);
[[nodiscard]] std::vector<std::byte> udp_packet(const fairlead::ip_endpoint& from,
                                                const fairlead::ip_endpoint& to,
                                                fairlead::const_buffer payload);

}  // namespace tool::recording
