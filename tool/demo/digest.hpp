// SPDX-License-Identifier: MIT
// The demo's payloads, and a fingerprint of many of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tool::demo_parts {

constexpr std::size_t largest_payload = 4U << 20U;

/// `size` bytes that look random; another `turn` gives others, so that an old answer is not taken for a new
/// one.
[[nodiscard]] std::span<const std::byte> payload(std::size_t size, std::uint64_t turn);

/// Depends on every byte and its place. Not for cryptography: it must be faster than the sockets.
class digest {
 public:
  void add(std::span<const std::byte> bytes) noexcept;
  friend bool operator==(const digest&, const digest&) = default;

 private:
  std::uint64_t state_ = 0x9e3779b97f4a7c15;
};

}  // namespace tool::demo_parts
