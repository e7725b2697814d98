// SPDX-License-Identifier: MIT
// Whole numbers in network byte order.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tool::bench_parts {

template <std::unsigned_integral T>
void put(std::span<std::byte> into, std::size_t at, T value) {
  for (std::size_t i = sizeof(T); i-- > 0;) {
    into[at + i] = static_cast<std::byte>(value & 0xffU);
    if constexpr (sizeof(T) > 1) value = static_cast<T>(value >> 8U);
  }
}

template <std::unsigned_integral T>
[[nodiscard]] T get(std::span<const std::byte> from, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = value << 8U | std::to_integer<std::uint64_t>(from[at + i]);
  return static_cast<T>(value);
}

}  // namespace tool::bench_parts
