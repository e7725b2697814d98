// SPDX-License-Identifier: MIT
// IPv4 and IPv6 addresses as values, without ports. Most code wants address.hpp, which includes this.
#pragma once

#include <array>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include <fairlead/error.hpp>
#include <fairlead/export.hpp>

namespace fairlead {

/// What kind of address a socket is made for.
enum class family : std::uint8_t { unspecified, ipv4, ipv6, unix_domain };

/// "unspecified", "ipv4", "ipv6" or "unix".
[[nodiscard]] FAIRLEAD_API std::string_view to_string(family f) noexcept;
/// An IPv4 address; 0.0.0.0 when default constructed.
class FAIRLEAD_API ipv4_address {
 public:
  using bytes_type = std::array<std::uint8_t, 4>;  ///< in network order, as it is written

  constexpr ipv4_address() noexcept = default;
  constexpr ipv4_address(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) noexcept
      : bytes_{a, b, c, d} {}
  constexpr explicit ipv4_address(const bytes_type& bytes) noexcept : bytes_(bytes) {}
  /// 0x7f000001 is 127.0.0.1, whatever the machine's byte order.
  constexpr explicit ipv4_address(std::uint32_t number) noexcept
      : bytes_{static_cast<std::uint8_t>(number >> 24U), static_cast<std::uint8_t>(number >> 16U),
               static_cast<std::uint8_t>(number >> 8U), static_cast<std::uint8_t>(number)} {}

  static constexpr ipv4_address any() noexcept { return {}; }
  static constexpr ipv4_address loopback() noexcept { return {127, 0, 0, 1}; }
  static constexpr ipv4_address broadcast() noexcept { return {255, 255, 255, 255}; }

  /// Four decimal numbers with dots and no leading zeros. The shorthands of inet_aton ("127.1",
  /// "0x7f.1", octal) are refused, because programs disagree on what they mean.
  static result<ipv4_address> parse(std::string_view text);

  [[nodiscard]] constexpr const bytes_type& bytes() const noexcept { return bytes_; }
  [[nodiscard]] constexpr std::uint32_t to_uint() const noexcept {
    return std::uint32_t{bytes_[0]} << 24U | std::uint32_t{bytes_[1]} << 16U |
           std::uint32_t{bytes_[2]} << 8U | bytes_[3];
  }

  /// 0.0.0.0.
  [[nodiscard]] constexpr bool is_unspecified() const noexcept { return to_uint() == 0; }
  /// 127.0.0.0/8.
  [[nodiscard]] constexpr bool is_loopback() const noexcept { return bytes_[0] == 127; }
  /// The three networks of RFC 1918: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16.
  [[nodiscard]] constexpr bool is_private() const noexcept {
    return bytes_[0] == 10 || (bytes_[0] == 172 && bytes_[1] >> 4U == 1) ||
           (bytes_[0] == 192 && bytes_[1] == 168);
  }
  /// 169.254.0.0/16 (RFC 3927).
  [[nodiscard]] constexpr bool is_link_local() const noexcept { return bytes_[0] == 169 && bytes_[1] == 254; }
  /// 224.0.0.0/4.
  [[nodiscard]] constexpr bool is_multicast() const noexcept { return bytes_[0] >> 4U == 14; }
  /// 255.255.255.255; the broadcast addresses of networks depend on their masks and are not recognised.
  [[nodiscard]] constexpr bool is_broadcast() const noexcept { return to_uint() == 0xffffffffU; }

  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] std::size_t hash() const noexcept;

  friend constexpr auto operator<=>(const ipv4_address&, const ipv4_address&) noexcept = default;

 private:
  bytes_type bytes_{};
};

/// An IPv6 address with its scope (RFC 4007); :: without a scope when default constructed.
/// The scope id is the index of a network interface, 0 for none, and takes part in comparisons.
class FAIRLEAD_API ipv6_address {
 public:
  using bytes_type = std::array<std::uint8_t, 16>;   ///< in network order
  using groups_type = std::array<std::uint16_t, 8>;  ///< the numbers between the colons

  constexpr ipv6_address() noexcept = default;
  constexpr explicit ipv6_address(const bytes_type& bytes, std::uint32_t scope_id = 0) noexcept
      : bytes_(bytes), scope_id_(scope_id) {}
  static constexpr ipv6_address from_groups(const groups_type& groups, std::uint32_t scope_id = 0) noexcept {
    ipv6_address made;
    for (std::size_t i = 0; i < 8; ++i) {
      made.bytes_[2 * i] = static_cast<std::uint8_t>(groups[i] >> 8U);
      made.bytes_[2 * i + 1] = static_cast<std::uint8_t>(groups[i]);
    }
    made.scope_id_ = scope_id;
    return made;
  }
  /// ::ffff:a.b.c.d, as a dual-stack socket shows an IPv4 peer.
  static constexpr ipv6_address v4_mapped(ipv4_address v4) noexcept {
    const auto& b = v4.bytes();
    return ipv6_address(bytes_type{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, b[0], b[1], b[2], b[3]});
  }

  static constexpr ipv6_address any() noexcept { return {}; }
  static constexpr ipv6_address loopback() noexcept { return from_groups({0, 0, 0, 0, 0, 0, 0, 1}); }
  /// ff02::1, every node on the link: IPv6 has no broadcast, and this is its nearest kin.
  static constexpr ipv6_address all_nodes(std::uint32_t scope_id = 0) noexcept {
    return from_groups({0xff02, 0, 0, 0, 0, 0, 0, 1}, scope_id);
  }

  /// The forms of RFC 4291, section 2.2, and a scope after '%': "fe80::1%eth0" or "fe80::1%3". The name
  /// of an interface that does not exist is an error (fault::unknown_name); a number is taken as it is.
  static result<ipv6_address> parse(std::string_view text);

  [[nodiscard]] constexpr const bytes_type& bytes() const noexcept { return bytes_; }
  [[nodiscard]] constexpr std::uint32_t scope_id() const noexcept { return scope_id_; }
  [[nodiscard]] constexpr ipv6_address with_scope_id(std::uint32_t scope_id) const noexcept {
    return ipv6_address(bytes_, scope_id);
  }
  [[nodiscard]] constexpr groups_type groups() const noexcept {
    groups_type made{};
    for (std::size_t i = 0; i < 8; ++i) {
      made[i] = static_cast<std::uint16_t>(bytes_[2 * i] << 8U | bytes_[2 * i + 1]);
    }
    return made;
  }

  /// ::, whatever the scope.
  [[nodiscard]] constexpr bool is_unspecified() const noexcept { return bytes_ == bytes_type{}; }
  /// ::1, whatever the scope. A mapped 127.0.0.1 is not: ask ip_address::unmapped() first.
  [[nodiscard]] constexpr bool is_loopback() const noexcept { return bytes_ == loopback().bytes_; }
  /// fc00::/7, the unique local addresses of RFC 4193.
  [[nodiscard]] constexpr bool is_private() const noexcept { return bytes_[0] >> 1U == 0x7e; }
  /// fe80::/10.
  [[nodiscard]] constexpr bool is_link_local() const noexcept {
    return bytes_[0] == 0xfe && bytes_[1] >> 6U == 2;
  }
  /// ff00::/8.
  [[nodiscard]] constexpr bool is_multicast() const noexcept { return bytes_[0] == 0xff; }
  /// ::ffff:0:0/96.
  [[nodiscard]] constexpr bool is_v4_mapped() const noexcept {
    for (std::size_t i = 0; i < 10; ++i) {
      if (bytes_[i] != 0) return false;
    }
    return bytes_[10] == 0xff && bytes_[11] == 0xff;
  }
  /// The IPv4 address inside a mapped one.
  [[nodiscard]] constexpr std::optional<ipv4_address> to_v4() const noexcept {
    if (!is_v4_mapped()) return std::nullopt;
    return ipv4_address(bytes_[12], bytes_[13], bytes_[14], bytes_[15]);
  }

  /// RFC 5952, section 4; mapped addresses end in dotted form (section 5). The scope is written as the
  /// interface's name if there is one now, else as its number.
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] std::size_t hash() const noexcept;

  friend constexpr auto operator<=>(const ipv6_address&, const ipv6_address&) noexcept = default;

 private:
  bytes_type bytes_{};
  std::uint32_t scope_id_ = 0;
};

namespace detail {
// Asking a value for an alternative that it is not is a bug in the caller: this says so and aborts.
[[noreturn]] FAIRLEAD_API void wrong_alternative(const char* asked) noexcept;
}  // namespace detail

/// An IPv4 or an IPv6 address; 0.0.0.0 when default constructed. IPv4 sorts first.
class FAIRLEAD_API ip_address {
 public:
  constexpr ip_address() noexcept = default;
  constexpr ip_address(ipv4_address v4) noexcept { put(v4); }
  constexpr ip_address(const ipv6_address& v6) noexcept : is_v6_(true), storage_(v6) {}

  /// Either form, without brackets.
  static result<ip_address> parse(std::string_view text);

  [[nodiscard]] constexpr bool is_v4() const noexcept { return !is_v6_; }
  [[nodiscard]] constexpr bool is_v6() const noexcept { return is_v6_; }
  [[nodiscard]] constexpr fairlead::family family() const noexcept {
    return is_v6_ ? fairlead::family::ipv6 : fairlead::family::ipv4;
  }
  /// Only when is_v4().
  [[nodiscard]] constexpr ipv4_address v4() const noexcept {
    if (is_v6_) detail::wrong_alternative("ip_address::v4() of an IPv6 address");
    return low4();
  }
  /// Only when is_v6().
  [[nodiscard]] constexpr const ipv6_address& v6() const noexcept {
    if (!is_v6_) detail::wrong_alternative("ip_address::v6() of an IPv4 address");
    return storage_;
  }
  /// The IPv4 address itself or the one inside a mapped IPv6 address.
  [[nodiscard]] constexpr std::optional<ipv4_address> to_v4() const noexcept {
    if (is_v6_) return storage_.to_v4();
    return low4();
  }
  /// This address, or the IPv4 address inside if it is a mapped one.
  [[nodiscard]] constexpr ip_address unmapped() const noexcept {
    if (const auto inner = to_v4()) return *inner;
    return *this;
  }

  [[nodiscard]] constexpr bool is_unspecified() const noexcept { return storage_.is_unspecified(); }
  [[nodiscard]] constexpr bool is_loopback() const noexcept {
    return is_v6_ ? storage_.is_loopback() : low4().is_loopback();
  }
  [[nodiscard]] constexpr bool is_private() const noexcept {
    return is_v6_ ? storage_.is_private() : low4().is_private();
  }
  [[nodiscard]] constexpr bool is_link_local() const noexcept {
    return is_v6_ ? storage_.is_link_local() : low4().is_link_local();
  }
  [[nodiscard]] constexpr bool is_multicast() const noexcept {
    return is_v6_ ? storage_.is_multicast() : low4().is_multicast();
  }
  [[nodiscard]] constexpr bool is_v4_mapped() const noexcept { return is_v6_ && storage_.is_v4_mapped(); }

  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] std::size_t hash() const noexcept;

  friend constexpr auto operator<=>(const ip_address&, const ip_address&) noexcept = default;

 private:
  // An IPv4 address lies in the first four bytes and the rest is zero, so that comparisons need no cases.
  constexpr void put(ipv4_address v4) noexcept {
    ipv6_address::bytes_type bytes{};
    for (std::size_t i = 0; i < 4; ++i) bytes[i] = v4.bytes()[i];
    storage_ = ipv6_address(bytes);
  }
  [[nodiscard]] constexpr ipv4_address low4() const noexcept {
    const auto& b = storage_.bytes();
    return {b[0], b[1], b[2], b[3]};
  }

  bool is_v6_ = false;
  ipv6_address storage_;
};

namespace detail {

template <class T>
struct hash_by_member {
  [[nodiscard]] std::size_t operator()(const T& value) const noexcept { return value.hash(); }
};

}  // namespace detail

/// Prints to_string(). A template, so that this header needs no <ostream>.
template <class T>
  requires std::same_as<T, ipv4_address> || std::same_as<T, ipv6_address> || std::same_as<T, ip_address>
std::ostream& operator<<(std::ostream& out, const T& value) {
  return out << value.to_string();
}

}  // namespace fairlead

template <>
struct std::hash<fairlead::ipv4_address> : fairlead::detail::hash_by_member<fairlead::ipv4_address> {};
template <>
struct std::hash<fairlead::ipv6_address> : fairlead::detail::hash_by_member<fairlead::ipv6_address> {};
template <>
struct std::hash<fairlead::ip_address> : fairlead::detail::hash_by_member<fairlead::ip_address> {};
