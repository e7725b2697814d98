// SPDX-License-Identifier: MIT
// One client, whoever comes first.
#pragma once

#include <memory>
#include <stop_token>

#include <fairlead/error.hpp>
#include <fairlead/task.hpp>

#include "access/gate.hpp"
#include "console.hpp"

namespace tool::replaying {

/// What listens, which must outlive the client, and the client.
struct visit {
  acceptors doors;
  datagram_hosts hosts;
  std::unique_ptr<link> client;
};

/// Listens and says so, until somebody has come in who may; then for nobody else. Of datagrams the first
/// sender. operation_canceled if nobody has when `closing` turns. The gate outlives the visit.
[[nodiscard]] fairlead::task<fairlead::result<visit>> first_client(gate& in, std::stop_token closing,
                                                                   const console& out);

}  // namespace tool::replaying
