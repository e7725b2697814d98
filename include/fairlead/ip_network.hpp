// SPDX-License-Identifier: MIT
// A network of IP addresses as a value: "192.0.2.0/24", "2001:db8::/32" (CIDR, RFC 4632 and RFC 4291, section
// 2.3). For lists of who may connect, and for counting clients by where they come from.
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

#include <fairlead/error.hpp>
#include <fairlead/export.hpp>
#include <fairlead/ip_address.hpp>

namespace fairlead {

/// The addresses that begin with the same bits; 0.0.0.0 alone when default constructed. Bits beyond the
/// prefix are zero. A network of IPv4-mapped addresses is the IPv4 network that it means, ::ffff:10.0.0.0/104
/// is 10.0.0.0/8, so each network has one form.
class FAIRLEAD_API ip_network {
 public:
  constexpr ip_network() noexcept = default;
  /// One address alone.
  constexpr ip_network(const ip_address& alone) noexcept
      : ip_network(alone.unmapped(), alone.to_v4() ? 32 : 128) {}

  /// An address and the length of the prefix after '/'; without one, that address alone. Bits beyond the
  /// prefix are refused, for nobody can tell whether 10.0.0.1/8 means a host or a network; so are masks in
  /// the place of a length. A scope (RFC 4007, section 11.7) comes before the '/': "fe80::%eth0/10".
  static result<ip_network> parse(std::string_view text);

  /// The network that an address lies in. The length must be at most 32 for IPv4 and 128 for IPv6.
  [[nodiscard]] static constexpr ip_network around(const ip_address& inside,
                                                   unsigned prefix_length) noexcept {
    if (prefix_length > longest(inside)) detail::wrong_alternative("ip_network::around() of so many bits");
    const ip_address first = masked(inside, prefix_length);
    // Mapped addresses share 96 bits: what still is one after masking has no fewer.
    if (first.is_v4_mapped()) return ip_network(first.unmapped(), prefix_length - 96);
    return ip_network(first, prefix_length);
  }

  /// The first address, all bits beyond the prefix zero.
  [[nodiscard]] constexpr const ip_address& address() const noexcept { return address_; }
  /// 0 to 32 for IPv4, 0 to 128 for IPv6.
  [[nodiscard]] constexpr unsigned prefix_length() const noexcept { return prefix_length_; }
  [[nodiscard]] constexpr fairlead::family family() const noexcept { return address_.family(); }
  /// Whether it is one address.
  [[nodiscard]] constexpr bool is_single() const noexcept { return prefix_length_ == longest(address_); }

  /// An IPv4-mapped address is asked for as the IPv4 address inside: a dual-stack socket shows IPv4 peers so.
  /// No IPv6 network has any of them, and ::/0 is every IPv6 address. A network without a scope has its
  /// addresses in every scope.
  [[nodiscard]] constexpr bool contains(const ip_address& a) const noexcept {
    const ip_address asked = a.unmapped();
    if (asked.family() != address_.family()) return false;
    ip_address compared = masked(asked, prefix_length_);
    if (asked.is_v6() && address_.v6().scope_id() == 0) compared = compared.v6().with_scope_id(0);
    return compared == address_;
  }
  /// Whether every address of `other` is in it.
  [[nodiscard]] constexpr bool contains(const ip_network& other) const noexcept {
    return other.family() == family() && other.prefix_length_ >= prefix_length_ && contains(other.address_);
  }

  /// As parse() reads it; the length is left out for one address alone.
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] std::size_t hash() const noexcept;

  friend constexpr auto operator<=>(const ip_network&, const ip_network&) noexcept = default;

 private:
  constexpr ip_network(const ip_address& first, unsigned prefix_length) noexcept
      : address_(first), prefix_length_(static_cast<std::uint8_t>(prefix_length)) {}
  [[nodiscard]] static constexpr unsigned longest(const ip_address& a) noexcept {
    return a.is_v6() ? 128 : 32;
  }
  template <class Bytes>
  [[nodiscard]] static constexpr Bytes cut(Bytes bytes, unsigned length) noexcept {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const unsigned before = static_cast<unsigned>(8 * i);
      if (before >= length) {
        bytes[i] = 0;
      } else if (length - before < 8) {
        bytes[i] = static_cast<std::uint8_t>(bytes[i] & 0xff00U >> (length - before));
      }
    }
    return bytes;
  }
  [[nodiscard]] static constexpr ip_address masked(const ip_address& a, unsigned length) noexcept {
    if (a.is_v4()) return ipv4_address(cut(a.v4().bytes(), length));
    return ipv6_address(cut(a.v6().bytes(), length), a.v6().scope_id());
  }

  ip_address address_;
  std::uint8_t prefix_length_ = 32;
};

/// Prints to_string(). A template, so that this header needs no <ostream>.
template <class T>
  requires std::same_as<T, ip_network>
std::ostream& operator<<(std::ostream& out, const T& value) {
  return out << value.to_string();
}

}  // namespace fairlead

template <>
struct std::hash<fairlead::ip_network> : fairlead::detail::hash_by_member<fairlead::ip_network> {};
