// SPDX-License-Identifier: MIT
// Where a command listens at one address: how clients come in there, and who of them may.
#pragma once

#include <expected>
#include <memory>

#include <fairlead/task.hpp>
#include <fairlead/url.hpp>

#include "access/doorkeeper.hpp"
#include "console.hpp"
#include "option.hpp"
#include "wire/security.hpp"

namespace tool {

struct gate {
  gate(fairlead::url where, entrance with, access_terms who, const console& out)
      : at(std::move(where)), how(std::move(with)), door(std::move(who), out) {}

  fairlead::url at;
  entrance how;
  doorkeeper door;
};

/// What the flags say of it. Where they are wrong it has been said, and the error is the status.
[[nodiscard]] std::expected<std::unique_ptr<gate>, int> gate_of(const settings& asked, fairlead::url at,
                                                                const console& out);

/// Opens what listens, with the doorkeeper before it, and announces it. The gate outlives it.
[[nodiscard]] fairlead::task<fairlead::result<acceptors>> open_doors(gate& g, const console& out);
/// The same where datagrams come.
[[nodiscard]] fairlead::task<fairlead::result<datagram_hosts>> open_hosts(gate& g, const console& out);

}  // namespace tool
