// SPDX-License-Identifier: MIT
// The addresses that people type: "tcp://localhost:7007?nodelay=1", "unix:/run/app.sock", "exec:date", "-".
//
// A url is a value like the addresses of address.hpp, but its host may be a name that is still to be
// resolved. parse() says exactly what is wrong and where; to_string() is canonical, and parse() gives
// back an equal value. docs/design/addresses.md has the grammar.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fairlead/address.hpp>
#include <fairlead/error.hpp>
#include <fairlead/export.hpp>

namespace fairlead {

/// What a url begins with. tcp4, tcp6, udp4 and udp6 restrict the family of the addresses.
enum class scheme : std::uint8_t {
  tcp,
  tcp4,
  tcp6,
  udp,
  udp4,
  udp6,
  tls,
  unix_stream,
  unix_datagram,
  unix_seqpacket,
  stdio,  ///< "-": standard input and output
  exec,   ///< a command, connected by pipes
  pty,    ///< a command on a terminal of its own
  file,
};

/// "tcp", …, "unix", "unix-dgram", "unix-seqpacket", "-", "exec", "pty", "file".
[[nodiscard]] FAIRLEAD_API std::string_view to_string(scheme s) noexcept;

/// The URL of a socket's endpoint: "tcp://[::1]:80", "unix-dgram:/path".
[[nodiscard]] FAIRLEAD_API std::string to_string(fairlead::transport t, const endpoint& where);

class FAIRLEAD_API url {
 public:
  /// One "name=value" of the query; "name" alone has an empty value.
  struct option {
    std::string name;
    std::string value;
    friend auto operator<=>(const option&, const option&) = default;
  };

  /// tcp is the scheme of what looks like "host:port". The words "ws" and "wss" are reserved.
  static result<url> parse(std::string_view text);

  [[nodiscard]] fairlead::scheme scheme() const noexcept { return scheme_; }
  /// What carries the bytes (tcp for tls); nothing for stdio, exec, pty and file.
  [[nodiscard]] std::optional<fairlead::transport> transport() const noexcept;
  /// The only family that will do, from the scheme or from a numeric host; else unspecified.
  [[nodiscard]] fairlead::family family() const noexcept;

  /// A name in lower case, or a numeric address without brackets. Empty stands for every address where
  /// one listens and for this machine where one connects, and where the scheme has no host.
  [[nodiscard]] const std::string& host() const noexcept { return host_; }
  [[nodiscard]] fairlead::port port() const noexcept { return port_; }
  /// The path of file and of Unix sockets (an abstract name without its '@'), the command of exec and pty.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// The endpoint if it needs no resolving: the host is numeric, or the scheme is a Unix one.
  [[nodiscard]] const std::optional<endpoint>& numeric_endpoint() const noexcept { return numeric_; }
  /// Where to listen if that needs no resolving: as numeric_endpoint(), and every address ([::], which
  /// takes IPv4 too; 0.0.0.0 for tcp4 and udp4) when the host is empty.
  [[nodiscard]] std::optional<endpoint> listen_endpoint() const;
  /// This scheme at another endpoint, without the options: for "listening tls://127.0.0.1:43211".
  /// The endpoint must be of a kind that the scheme has.
  [[nodiscard]] url at(const endpoint& where) const;

  /// The same without the options.
  [[nodiscard]] url without_options() const {
    url bare = *this;
    bare.options_.clear();
    return bare;
  }

  /// The query in the order it was given.
  [[nodiscard]] const std::vector<option>& options() const noexcept { return options_; }

  // One option by name; nothing if it was not given. Giving it twice is an error, as is a value that is
  // not of the kind asked for, and the error names the option.

  /// The value as it is.
  [[nodiscard]] result<std::optional<std::string>> text(std::string_view name) const;
  /// 1, true, yes, on, or no value at all; 0, false, no, off.
  [[nodiscard]] result<std::optional<bool>> flag(std::string_view name) const;
  /// As parse_duration().
  [[nodiscard]] result<std::optional<std::chrono::nanoseconds>> duration(std::string_view name) const;
  /// As parse_size(): bytes.
  [[nodiscard]] result<std::optional<std::uint64_t>> size(std::string_view name) const;
  [[nodiscard]] result<std::optional<std::int64_t>> integer(
      std::string_view name, std::int64_t least = std::numeric_limits<std::int64_t>::min(),
      std::int64_t most = std::numeric_limits<std::int64_t>::max()) const;
  /// An error if there is any option that is not among `known`; it suggests the nearest.
  [[nodiscard]] result<void> allow_only(std::span<const std::string_view> known) const;
  [[nodiscard]] result<void> allow_only(std::initializer_list<std::string_view> known) const {
    return allow_only(std::span(known.begin(), known.size()));
  }

  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const url&, const url&) = default;
  friend auto operator<=>(const url&, const url&) = default;

 private:
  friend struct url_parser;
  url() = default;
  // Where the value of an option begins, when `option_index` is given, is told in `value_offset`.
  [[nodiscard]] std::string format(std::size_t option_index, std::size_t* value_offset) const;
  [[nodiscard]] error about_option(std::size_t index, std::size_t offset, std::size_t length,
                                   std::string reason) const;
  [[nodiscard]] result<const option*> find(std::string_view name) const;
  template <class T, class Read>
  [[nodiscard]] result<std::optional<T>> read_option(std::string_view name, Read read) const;

  fairlead::scheme scheme_ = fairlead::scheme::tcp;
  std::string host_;
  fairlead::port port_;
  std::string path_;
  std::vector<option> options_;
  std::optional<endpoint> numeric_;
};

/// "250ms", "1.5s": a decimal number and one of ns, us, ms, s, m or min, h, d; or "0". Never negative.
[[nodiscard]] FAIRLEAD_API result<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// "65536", "64k", "64KiB": bytes. k, m, g and t are powers of 1024 whatever their case; "64kB" is
/// refused, because it means 64,000 as often as 65,536.
[[nodiscard]] FAIRLEAD_API result<std::uint64_t> parse_size(std::string_view text);

template <class T>
  requires std::same_as<T, url>
std::ostream& operator<<(std::ostream& out, const T& value) {
  return out << value.to_string();
}

}  // namespace fairlead

template <>
struct std::hash<fairlead::url> {
  [[nodiscard]] std::size_t operator()(const fairlead::url& value) const {
    return std::hash<std::string>()(value.to_string());
  }
};
