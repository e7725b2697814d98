// SPDX-License-Identifier: MIT
#include <array>

#include "proxy/header.hpp"

namespace fairlead::detail {

namespace {

constexpr std::array<std::uint32_t, 256> table = [] {
  std::array<std::uint32_t, 256> made{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t r = i;
    for (int bit = 0; bit < 8; ++bit) r = (r & 1U) != 0 ? r >> 1U ^ 0x82f63b78U : r >> 1U;
    made[i] = r;
  }
  return made;
}();

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before) noexcept {
  std::uint32_t r = ~before;
  for (const std::byte b : bytes) r = r >> 8U ^ table[(r ^ std::to_integer<std::uint32_t>(b)) & 0xffU];
  return ~r;
}

}  // namespace fairlead::detail
