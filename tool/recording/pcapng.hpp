// SPDX-License-Identifier: MIT
// pcapng (draft-ietf-opsawg-pcapng): the blocks that hold packets, for Wireshark, tshark and tcpdump.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <fairlead/buffer.hpp>

namespace tool::recording::pcapng {

using bytes = std::vector<std::byte>;

/// What a file begins with: one section, with one interface that carries Ethernet, and times in nanoseconds.
void append_beginning(bytes& to, std::string_view application, std::string_view comment);
/// A packet. `wall_ns` counts since 1970.
void append_packet(bytes& to, std::uint64_t wall_ns, fairlead::const_buffer packet, std::string_view comment);

}  // namespace tool::recording::pcapng
