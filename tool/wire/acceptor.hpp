// SPDX-License-Identifier: MIT
// Where clients come from.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <fairlead/task.hpp>
#include <fairlead/url.hpp>

#include "wire/link.hpp"
#include "wire/security.hpp"

namespace tool {

/// A socket that gives clients. What it has put into the file system goes with it.
class acceptor {
 public:
  acceptor() = default;
  acceptor(const acceptor&) = delete;
  acceptor& operator=(const acceptor&) = delete;
  virtual ~acceptor() = default;

  /// The next client.
  [[nodiscard]] virtual fairlead::task<fairlead::result<std::unique_ptr<link>>> accept() = 0;
  /// Whether clients that are not accepted wait in the kernel. Datagrams do not: accept() also hands them to
  /// the clients that there are, so it must always be running.
  [[nodiscard]] virtual bool has_backlog() const noexcept = 0;
  /// No more clients. Those that there are live on.
  virtual void close() = 0;
  [[nodiscard]] virtual fairlead::endpoint where() const = 0;

  std::string name;  ///< "tcp://127.0.0.1:43211", with the real port
};

using acceptors = std::vector<std::unique_ptr<acceptor>>;

/// Whether accept() failed because the process or the system has run out of something: clients wait until
/// there is room.
[[nodiscard]] bool is_exhaustion(const fairlead::error& e) noexcept;

/// Listens at every address that the URL means. Clients of datagram sockets are the peers that send.
/// They must come by `how` (wire/security.hpp); the link's enter() sees to it.
/// If `shared`, others of open_beside() may listen there too, and the kernel spreads clients over them.
[[nodiscard]] fairlead::task<fairlead::result<acceptors>> open_acceptors(fairlead::url at, entrance how = {},
                                                                         bool shared = false);
/// At the same TCP addresses as `first`, which is shared.
[[nodiscard]] fairlead::result<acceptors> open_beside(const fairlead::url& at, const entrance& how,
                                                      const acceptors& first);

}  // namespace tool
