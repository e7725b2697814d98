// SPDX-License-Identifier: MIT
// What tests send.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <string>

namespace fairlead::testing {

/// Always the same for the same seed.
inline std::string random_bytes(std::size_t size, unsigned seed) {
  std::mt19937_64 random(seed);
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; i += 8) {
    const std::uint64_t eight = random();
    std::memcpy(bytes.data() + i, &eight, std::min<std::size_t>(8, size - i));
  }
  return bytes;
}

/// Zeros without memory: gigabytes of them cost nothing (the kernel maps one page everywhere).
class endless_zeros {
 public:
  explicit endless_zeros(std::size_t size);
  ~endless_zeros();
  endless_zeros(const endless_zeros&) = delete;
  endless_zeros& operator=(const endless_zeros&) = delete;
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }

 private:
  const std::byte* data_;
  std::size_t size_;
};

/// Memory that goes away at once when asked to: whoever touches it afterwards is killed.
class vanishing_memory {
 public:
  explicit vanishing_memory(std::size_t size);
  ~vanishing_memory() { vanish(); }
  vanishing_memory(const vanishing_memory&) = delete;
  vanishing_memory& operator=(const vanishing_memory&) = delete;
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return {data_, size_}; }
  void vanish() noexcept;

 private:
  std::byte* data_;
  std::size_t size_;
};

}  // namespace fairlead::testing
