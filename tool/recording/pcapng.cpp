// SPDX-License-Identifier: MIT
#include "recording/pcapng.hpp"

#include <concepts>

namespace tool::recording::pcapng {

namespace {

// Any order of bytes will do, since the first block says which one it is: here the little end comes first.
template <std::unsigned_integral T>
void put(bytes& to, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    to.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xffU));
}

void put_padded(bytes& to, fairlead::const_buffer b) {
  to.insert(to.end(), b.data, b.data + b.size);
  while (to.size() % 4 != 0) to.push_back(std::byte{0});  // every block begins at a multiple of four
}

void put_option(bytes& to, std::uint16_t code, std::string_view value) {
  constexpr std::size_t largest = 65535;
  value = value.substr(0, largest);
  if (value.empty()) return;
  put(to, code);
  put(to, static_cast<std::uint16_t>(value.size()));
  put_padded(to, value);
}

constexpr std::uint16_t opt_comment = 1;
constexpr std::uint16_t shb_userappl = 4;
constexpr std::uint16_t if_name = 2;
constexpr std::uint16_t if_tsresol = 9;

// A block, whose length stands at both of its ends.
template <class Fill>
void put_block(bytes& to, std::uint32_t type, Fill fill) {
  const std::size_t begin = to.size();
  put(to, type);
  put(to, std::uint32_t{0});
  fill();
  const auto length = static_cast<std::uint32_t>(to.size() - begin + 4);
  put(to, length);
  for (std::size_t i = 0; i < 4; ++i) to[begin + 4 + i] = static_cast<std::byte>(length >> (8 * i) & 0xffU);
}

}  // namespace

void append_beginning(bytes& to, std::string_view application, std::string_view comment) {
  put_block(to, 0x0A0D0D0A, [&] {  // section header
    put(to, std::uint32_t{0x1A2B3C4D});
    put(to, std::uint16_t{1});
    put(to, std::uint16_t{0});
    put(to, ~std::uint64_t{0});  // the section is as long as it is
    put_option(to, opt_comment, comment);
    put_option(to, shb_userappl, application);
    put(to, std::uint32_t{0});
  });
  put_block(to, 1, [&] {        // interface description
    put(to, std::uint16_t{1});  // LINKTYPE_ETHERNET
    put(to, std::uint16_t{0});
    put(to, std::uint32_t{0});  // no packet is cut
    put_option(to, if_name, "fairlead");
    put_option(to, if_tsresol, std::string_view("\x09", 1));
    put(to, std::uint32_t{0});
  });
}

void append_packet(bytes& to, std::uint64_t wall_ns, fairlead::const_buffer packet,
                   std::string_view comment) {
  put_block(to, 6, [&] {  // enhanced packet
    put(to, std::uint32_t{0});
    put(to, static_cast<std::uint32_t>(wall_ns >> 32U));
    put(to, static_cast<std::uint32_t>(wall_ns & 0xffffffffU));
    put(to, static_cast<std::uint32_t>(packet.size));
    put(to, static_cast<std::uint32_t>(packet.size));
    put_padded(to, packet);
    if (comment.empty()) return;
    put_option(to, opt_comment, comment);
    put(to, std::uint32_t{0});
  });
}

}  // namespace tool::recording::pcapng
