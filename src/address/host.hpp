// SPDX-License-Identifier: MIT
// The part of a URL between "//" and what follows the port.
#pragma once

#include <optional>
#include <string>

#include "address/parsing.hpp"
#include "address/scheme.hpp"

namespace fairlead::parsing {

/// A name in lower case, or the canonical text of a numeric address and the address.
struct host_name {
  std::string text;
  std::optional<ip_address> numeric;
};

struct host_and_port {
  host_name host;
  port number;
};

/// An empty host is fine; a missing port is not. `row` gives the transport and the families allowed.
[[nodiscard]] parsed<host_and_port> parse_host_and_port(std::string_view piece, const scheme_row& row);

}  // namespace fairlead::parsing
