// SPDX-License-Identifier: MIT
// The files that Unix sockets are bound to. They outlive their sockets: unix(7).
#pragma once

#include <fairlead/address.hpp>

#include "sys/outcome.hpp"

namespace fairlead::sys {

/// Removes a socket file to which no socket is bound any more, and nothing else. EADDRINUSE: a socket is
/// bound to it, listening or not, or it cannot be told. ENOTSOCK: the file is something else. No file at all
/// is fine.
outcome remove_stale(const unix_address& path) noexcept;

/// Removes a socket file, whoever is bound to it. ENOTSOCK: the file is something else. No file is fine.
outcome remove_socket(const unix_address& path) noexcept;

/// Held between finding a stale file and being bound in its place, so that of several programs that find it
/// only one takes its place. A lock on the directory (flock(2)), which leaves nothing behind; where there can
/// be none (no permission to read it, some network file systems), or somebody sits on it for more than a
/// tenth of a second, we go on without.
class directory_lock {
 public:
  explicit directory_lock(const unix_address& path_in_it) noexcept;
  ~directory_lock();
  directory_lock(const directory_lock&) = delete;
  directory_lock& operator=(const directory_lock&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace fairlead::sys
