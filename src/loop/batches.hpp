// SPDX-License-Identifier: MIT
// Datagrams by the batch, and singly where the kernel glues them together; docs/design/datagrams.md.
#pragma once

#include <fairlead/operation.hpp>

#include "sys/outcome.hpp"

namespace fairlead::detail {

[[nodiscard]] sys::outcome receive_batch(io& op) noexcept;
[[nodiscard]] sys::outcome transmit_batch(io& op) noexcept;
/// What was received glued together, for an operation that wants one datagram.
[[nodiscard]] sys::outcome receive_cut(io& op) noexcept;

}  // namespace fairlead::detail
