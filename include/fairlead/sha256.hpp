// SPDX-License-Identifier: MIT
// SHA-256 (FIPS 180-4), piece by piece: to prove that what arrived is what was sent.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <utility>

#include <fairlead/buffer.hpp>
#include <fairlead/export.hpp>

namespace fairlead {

/// A value: a copy goes its own way from there. What has been moved from may only be assigned to or
/// destroyed. Throws std::bad_alloc where there is no memory, or no such algorithm in the machine's OpenSSL.
class FAIRLEAD_API sha256 {
 public:
  using digest_type = std::array<std::byte, 32>;

  sha256();
  sha256(const sha256& other);
  sha256(sha256&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  sha256& operator=(sha256 other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~sha256();

  /// Where pieces begin and end makes no difference.
  void add(const_buffer piece);
  /// Of all that was added so far; more may follow.
  [[nodiscard]] digest_type digest() const;
  /// Of nothing but this.
  [[nodiscard]] static digest_type of(const_buffer all);
  /// 64 lower-case hexadecimal digits, as sha256sum prints them.
  [[nodiscard]] static std::string hex(const digest_type& digest);

 private:
  void* state_;  // OpenSSL's
};

}  // namespace fairlead
