// SPDX-License-Identifier: MIT
// The one table of schemes: what each is called, what follows it, and what it stands for.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include <fairlead/url.hpp>

namespace fairlead::parsing {

/// What follows the scheme.
enum class shape : std::uint8_t {
  host_port,  ///< "//host:port"
  unix_name,  ///< a path or "@name"
  path,
  command,  ///< everything to the end, as it is
  nothing,
};

struct scheme_row {
  scheme which;
  std::string_view name;
  shape follows;
  std::optional<transport> carrier;
  family only;
};

inline constexpr std::array scheme_table = {
    scheme_row{scheme::tcp, "tcp", shape::host_port, transport::tcp, family::unspecified},
    scheme_row{scheme::tcp4, "tcp4", shape::host_port, transport::tcp, family::ipv4},
    scheme_row{scheme::tcp6, "tcp6", shape::host_port, transport::tcp, family::ipv6},
    scheme_row{scheme::udp, "udp", shape::host_port, transport::udp, family::unspecified},
    scheme_row{scheme::udp4, "udp4", shape::host_port, transport::udp, family::ipv4},
    scheme_row{scheme::udp6, "udp6", shape::host_port, transport::udp, family::ipv6},
    scheme_row{scheme::tls, "tls", shape::host_port, transport::tcp, family::unspecified},
    scheme_row{scheme::unix_stream, "unix", shape::unix_name, transport::unix_stream, family::unix_domain},
    scheme_row{scheme::unix_datagram, "unix-dgram", shape::unix_name, transport::unix_datagram,
               family::unix_domain},
    scheme_row{scheme::unix_seqpacket, "unix-seqpacket", shape::unix_name, transport::unix_seqpacket,
               family::unix_domain},
    scheme_row{scheme::stdio, "-", shape::nothing, std::nullopt, family::unspecified},
    scheme_row{scheme::exec, "exec", shape::command, std::nullopt, family::unspecified},
    scheme_row{scheme::pty, "pty", shape::command, std::nullopt, family::unspecified},
    scheme_row{scheme::file, "file", shape::path, std::nullopt, family::unspecified},
};

[[nodiscard]] constexpr const scheme_row& row_of(scheme s) noexcept {
  return scheme_table[static_cast<std::size_t>(s)];
}

static_assert([] {
  for (std::size_t i = 0; i < scheme_table.size(); ++i) {
    if (static_cast<std::size_t>(scheme_table[i].which) != i) return false;
  }
  return scheme_table.size() == static_cast<std::size_t>(scheme::file) + 1;
}());

/// The one of `known` that `word` is most likely a misspelling of; empty if none is near.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace fairlead::parsing
