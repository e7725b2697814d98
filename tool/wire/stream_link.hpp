// SPDX-License-Identifier: MIT
// Links over streams of more than one layer.
#pragma once

#include <memory>

#include <fairlead/tcp.hpp>
#include <fairlead/unix.hpp>

#include "wire/link.hpp"
#include "wire/security.hpp"

namespace tool {

/// A stream that is there, between two ends that have these names.
[[nodiscard]] std::unique_ptr<link> make_link(fairlead::any_stream s, std::string local, std::string peer);

/// A client that must still enter.
[[nodiscard]] std::unique_ptr<link> make_entering_link(fairlead::tcp_stream client, const entrance& how);
[[nodiscard]] std::unique_ptr<link> make_entering_link(fairlead::unix_stream client, const entrance& how);

}  // namespace tool
