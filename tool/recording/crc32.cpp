// SPDX-License-Identifier: MIT
#include "recording/crc32.hpp"

#include <array>
#include <cstddef>

namespace tool::recording {

namespace {

// Eight bytes a step, by as many tables (Kounavis and Berry, 2005): everything that is recorded goes through
// here.
using tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr tables made() {
  tables t{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c & 1U) != 0 ? c >> 1U ^ 0xEDB88320U : c >> 1U;
    t[0][i] = c;
  }
  for (std::size_t k = 1; k < 8; ++k)
    for (std::size_t i = 0; i < 256; ++i) t[k][i] = t[k - 1][i] >> 8U ^ t[0][t[k - 1][i] & 0xffU];
  return t;
}

constexpr tables table = made();

std::uint32_t at(const std::byte* p) noexcept { return std::to_integer<std::uint32_t>(*p); }

}  // namespace

std::uint32_t crc32(fairlead::const_buffer bytes, std::uint32_t before) noexcept {
  std::uint32_t c = ~before;
  const std::byte* p = bytes.data;
  std::size_t left = bytes.size;
  for (; left >= 8; left -= 8, p += 8) {
    c ^= at(p) | at(p + 1) << 8U | at(p + 2) << 16U | at(p + 3) << 24U;
    c = table[7][c & 0xffU] ^ table[6][c >> 8U & 0xffU] ^ table[5][c >> 16U & 0xffU] ^ table[4][c >> 24U] ^
        table[3][at(p + 4)] ^ table[2][at(p + 5)] ^ table[1][at(p + 6)] ^ table[0][at(p + 7)];
  }
  for (; left > 0; --left, ++p) c = table[0][(c ^ at(p)) & 0xffU] ^ c >> 8U;
  return ~c;
}

}  // namespace tool::recording
