// SPDX-License-Identifier: MIT
// Addresses as values: IPv4 and IPv6 (ip_address.hpp), ports, Unix-domain names, and the endpoint that is
// any of them.
//
// Every type here is trivially copyable, totally ordered, hashable and printable. A text becomes a value
// only through parse(), which returns a result: there is no address that means "could not be parsed".
// to_string() is canonical, and parse() gives back the same value.
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
#include <type_traits>
#include <utility>

#include <fairlead/error.hpp>
#include <fairlead/export.hpp>
#include <fairlead/ip_address.hpp>

namespace fairlead {

namespace detail {
struct unix_address_maker;
}  // namespace detail

/// What carries the bytes.
enum class transport : std::uint8_t { tcp, udp, unix_stream, unix_datagram, unix_seqpacket };

/// The scheme of the transport's URLs: "tcp", "udp", "unix", "unix-dgram", "unix-seqpacket".
[[nodiscard]] FAIRLEAD_API std::string_view to_string(transport t) noexcept;

/// A port from 0 to 65535; 0 asks the system for any free one.
class FAIRLEAD_API port {
 public:
  constexpr port() noexcept = default;
  constexpr explicit port(std::uint16_t number) noexcept : number_(number) {}
  /// A literal converts by itself, and one that is out of range does not compile.
  template <std::integral Literal>
  consteval port(Literal number) : number_(static_cast<std::uint16_t>(number)) {
    if (!std::in_range<std::uint16_t>(number)) throw "a port must be 0 to 65535";
  }

  /// Reads digits, or the name of a service ("http") as the system's services database has it for
  /// `protocol`. The database is a file on most systems; looking a name up may therefore block briefly.
  static result<port> parse(std::string_view text, transport protocol = transport::tcp);

  [[nodiscard]] constexpr std::uint16_t number() const noexcept { return number_; }
  [[nodiscard]] constexpr bool is_any() const noexcept { return number_ == 0; }
  /// The number in decimal; never a service name.
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] std::size_t hash() const noexcept;

  friend constexpr bool operator==(const port&, const port&) noexcept = default;
  friend constexpr auto operator<=>(const port&, const port&) noexcept = default;
  /// Unlike a conversion, a comparison is safe with any number.
  template <std::integral Number>
  friend constexpr bool operator==(const port& p, Number number) noexcept {
    return std::cmp_equal(p.number_, number);
  }

 private:
  std::uint16_t number_ = 0;
};

/// An IP address and a port: "127.0.0.1:80", "[::1]:80", "[fe80::1%eth0]:80".
class FAIRLEAD_API ip_endpoint {
 public:
  constexpr ip_endpoint() noexcept = default;
  constexpr ip_endpoint(const ip_address& address, fairlead::port port) noexcept
      : address_(address), port_(port) {}

  /// The address must be numeric; the port may be a service name of `protocol`.
  static result<ip_endpoint> parse(std::string_view text, transport protocol = transport::tcp);

  [[nodiscard]] constexpr const ip_address& address() const noexcept { return address_; }
  [[nodiscard]] constexpr fairlead::port port() const noexcept { return port_; }
  [[nodiscard]] constexpr fairlead::family family() const noexcept { return address_.family(); }
  [[nodiscard]] constexpr ip_endpoint with_port(fairlead::port port) const noexcept {
    return {address_, port};
  }

  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] std::size_t hash() const noexcept;

  friend constexpr auto operator<=>(const ip_endpoint&, const ip_endpoint&) noexcept = default;

 private:
  ip_address address_;
  fairlead::port port_;
};

/// The name of a Unix-domain socket: a path, an abstract name (Linux, unix(7)), or none at all.
/// Holds its bytes inline; unnamed when default constructed.
class FAIRLEAD_API unix_address {
 public:
  static constexpr std::size_t max_size = 107;  ///< bytes in a path or an abstract name

  constexpr unix_address() noexcept = default;

  /// A path in the file system: 1 to 107 bytes without NUL. Relative paths stay relative.
  static result<unix_address> path(std::string_view bytes);
  /// An abstract name: 0 to 107 bytes of any value, given without the leading '@' or NUL.
  static result<unix_address> abstract(std::string_view bytes);
  /// What to_string() writes. Bytes may be written %XX, and '%' must be written %25; "@name" is
  /// abstract, anything else a path.
  static result<unix_address> parse(std::string_view text);

  [[nodiscard]] constexpr bool is_unnamed() const noexcept { return kind_ == kind::unnamed; }
  [[nodiscard]] constexpr bool is_path() const noexcept { return kind_ == kind::path; }
  [[nodiscard]] constexpr bool is_abstract() const noexcept { return kind_ == kind::abstract; }
  /// The bytes of the path or abstract name. They live inside this object.
  [[nodiscard]] constexpr std::string_view name() const noexcept { return {bytes_.data(), size_}; }

  /// "/path", "@name" or "(unnamed)". Control bytes and '%' are written %XX, as is a first byte of a
  /// path that would make it look like something else.
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] std::size_t hash() const noexcept;

  friend constexpr bool operator==(const unix_address& a, const unix_address& b) noexcept {
    return a.kind_ == b.kind_ && a.name() == b.name();
  }
  friend constexpr std::strong_ordering operator<=>(const unix_address& a, const unix_address& b) noexcept {
    if (const auto by_kind = a.kind_ <=> b.kind_; by_kind != 0) return by_kind;
    return a.name() <=> b.name();
  }

 private:
  enum class kind : std::uint8_t { unnamed, path, abstract };
  unix_address(kind k, std::string_view bytes) noexcept;
  friend struct detail::unix_address_maker;

  kind kind_ = kind::unnamed;
  std::uint8_t size_ = 0;
  std::array<char, max_size> bytes_{};
};

/// Where a socket is or talks to: an ip_endpoint, a unix_address, or nothing yet (the default).
/// Nothing sorts first, then IP, then Unix.
class FAIRLEAD_API endpoint {
 public:
  constexpr endpoint() noexcept : ip_() {}
  constexpr endpoint(const ip_endpoint& ip) noexcept : family_(ip.family()), ip_(ip) {}
  constexpr endpoint(const unix_address& name) noexcept
      : family_(fairlead::family::unix_domain), unix_(name) {}
  constexpr endpoint(const ip_address& address, fairlead::port port) noexcept
      : endpoint(ip_endpoint(address, port)) {}

  /// "127.0.0.1:80" and "[::1]:80"; "@name", and paths that begin with "/", "./" or "../"; any other path
  /// after "unix:". Service names in ports are looked up for TCP.
  static result<endpoint> parse(std::string_view text);

  [[nodiscard]] constexpr bool is_unspecified() const noexcept {
    return family_ == fairlead::family::unspecified;
  }
  [[nodiscard]] constexpr bool is_ip() const noexcept { return !is_unspecified() && !is_unix(); }
  [[nodiscard]] constexpr bool is_unix() const noexcept { return family_ == fairlead::family::unix_domain; }
  [[nodiscard]] constexpr fairlead::family family() const noexcept { return family_; }
  /// Only when is_ip(). The reference lives as long as this endpoint.
  [[nodiscard]] constexpr const ip_endpoint& ip() const noexcept {
    if (!is_ip()) detail::wrong_alternative("endpoint::ip() of an endpoint that is not IP");
    return ip_;
  }
  /// Only when is_unix(). The reference lives as long as this endpoint.
  [[nodiscard]] constexpr const unix_address& unix_socket() const noexcept {
    if (!is_unix()) detail::wrong_alternative("endpoint::unix_socket() of an endpoint that is not Unix");
    return unix_;
  }

  /// As parse() reads it; "(unspecified)", which does not parse, when there is nothing.
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] std::size_t hash() const noexcept;

  friend constexpr bool operator==(const endpoint& a, const endpoint& b) noexcept { return a <=> b == 0; }
  friend constexpr std::strong_ordering operator<=>(const endpoint& a, const endpoint& b) noexcept {
    if (const auto by_family = a.family_ <=> b.family_; by_family != 0) return by_family;
    if (a.is_unix()) return a.unix_ <=> b.unix_;
    if (a.is_ip()) return a.ip_ <=> b.ip_;
    return std::strong_ordering::equal;
  }

 private:
  fairlead::family family_ = fairlead::family::unspecified;
  union {
    ip_endpoint ip_;
    unix_address unix_;
  };
};

/// Where in the text that was parsed an error lies, in bytes.
struct syntax_place {
  std::size_t offset = 0;
  std::size_t length = 0;
  friend constexpr bool operator==(const syntax_place&, const syntax_place&) noexcept = default;
};

/// The place a parse error points at; nothing for errors that were not made by a parser.
[[nodiscard]] FAIRLEAD_API std::optional<syntax_place> place_of(const error& e);

/// The text and carets under the place, as two lines without a final newline. Empty when there is no
/// place or it lies beyond the part of a very long text that an error keeps.
///   tcp://localhost:70000
///                   ^^^^^
[[nodiscard]] FAIRLEAD_API std::string underline(const error& e);

namespace detail {

template <class T>
concept address_value = std::same_as<T, port> || std::same_as<T, ip_endpoint> ||
                        std::same_as<T, unix_address> || std::same_as<T, endpoint>;

}  // namespace detail

/// Prints to_string(). A template, so that this header needs no <ostream>.
template <detail::address_value T>
std::ostream& operator<<(std::ostream& out, const T& value) {
  return out << value.to_string();
}

static_assert(sizeof(ip_address) <= 24 && sizeof(ip_endpoint) <= 28 && sizeof(endpoint) <= 116);
static_assert(std::is_trivially_copyable_v<endpoint> && std::is_trivially_copyable_v<ip_endpoint> &&
              std::is_trivially_copyable_v<unix_address>);

}  // namespace fairlead

template <>
struct std::hash<fairlead::port> : fairlead::detail::hash_by_member<fairlead::port> {};
template <>
struct std::hash<fairlead::ip_endpoint> : fairlead::detail::hash_by_member<fairlead::ip_endpoint> {};
template <>
struct std::hash<fairlead::unix_address> : fairlead::detail::hash_by_member<fairlead::unix_address> {};
template <>
struct std::hash<fairlead::endpoint> : fairlead::detail::hash_by_member<fairlead::endpoint> {};
