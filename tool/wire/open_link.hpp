// SPDX-License-Identifier: MIT
// From an address to a connection.
#pragma once

#include <memory>

#include <fairlead/client.hpp>
#include <fairlead/task.hpp>
#include <fairlead/url.hpp>

#include "wire/link.hpp"

namespace tool {

/// Parses an address that must be one of a socket, with options that exist.
[[nodiscard]] fairlead::result<fairlead::url> parse_address(const std::string& text);

/// The same of any address: a command, a file, standard input and output too.
[[nodiscard]] fairlead::result<fairlead::url> parse_any_address(const std::string& text);

/// Connects, by way of whatever `how` asks for. For datagrams that only fixes the peer.
[[nodiscard]] fairlead::task<fairlead::result<std::unique_ptr<link>>> open_link(
    fairlead::url to, fairlead::client_options how = {});

}  // namespace tool
