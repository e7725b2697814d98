// SPDX-License-Identifier: MIT
// The PROXY protocol, versions 1 and 2, as a receiver (proxy-protocol.txt of HAProxy, 2020/03/05, section 2).
#pragma once

#include "proxy/machine.hpp"

namespace fairlead::detail {

/// Section 2.2: what version 2 begins with.
inline constexpr std::string_view signature_v2("\r\n\r\n\0\r\nQUIT\n", 12);
inline constexpr std::string_view signature_v1 = "PROXY ";
inline constexpr std::size_t longest_v1 = 107;  // the line with its \r\n, section 2.1
inline constexpr std::size_t head_v2 = 16;      // up to the length of what follows
inline constexpr std::size_t longest_unique_id = 128;

// How version 2 numbers things.
enum class command_v2 : std::uint8_t { local = 0, proxied = 1 };
enum class family_v2 : std::uint8_t { unspecified = 0, ipv4 = 1, ipv6 = 2, unix_socket = 3 };
enum class kind_v2 : std::uint8_t { unspecified = 0, stream = 1, datagram = 2 };
inline constexpr std::uint8_t checksum_field = 0x03;
inline constexpr std::uint8_t padding_field = 0x04;
inline constexpr std::size_t unix_size = 108;

/// The bytes of both addresses and ports.
[[nodiscard]] constexpr std::size_t block_size(family_v2 f) noexcept {
  constexpr std::size_t sizes[] = {0, 12, 36, 2 * unix_size};
  return sizes[static_cast<std::size_t>(f)];
}

class header_machine final : public proxy_machine {
 public:
  explicit header_machine(std::string peer) : proxy_machine(verb::accept, std::move(peer)) {}
  [[nodiscard]] verdict look(std::span<const std::byte> bytes, bool ended) override;
  [[nodiscard]] std::string missing() const override;
  [[nodiscard]] proxy_header header() && { return std::move(header_); }

 private:
  verdict line(std::span<const std::byte> bytes);
  verdict binary(std::span<const std::byte> bytes);

  proxy_header header_;
};

/// What is wrong, in words; empty if nothing is.
[[nodiscard]] std::string decode_v1(std::string_view line, proxy_header& into);
[[nodiscard]] std::string decode_v2(std::span<const std::byte> whole, proxy_header& into);

/// RFC 9260, appendix A (the polynomial of Castagnoli), going on from `before`.
[[nodiscard]] std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0) noexcept;

}  // namespace fairlead::detail
