// SPDX-License-Identifier: MIT
// Many datagrams in one call, by segmentation offload where the kernel has it (udp(7): UDP_SEGMENT, UDP_GRO).
#pragma once

#include <fairlead/address.hpp>
#include <fairlead/buffer.hpp>
#include <fairlead/datagram_batch.hpp>

#include "sys/outcome.hpp"

namespace fairlead::sys {

/// From now on what arrives together is handed over together, and the kernel tells what it dropped. True if
/// so: then nothing but recv_glued() tells one datagram from the next.
bool expect_glued(int fd) noexcept;

/// The number of datagrams in `count`. Fills the pieces.
outcome recv_glued(int fd, detail::datagram_pieces& into) noexcept;

/// Sends as many of these datagrams as one call takes, to `to` or, if it is null, to the connected peer;
/// their number in `count`. `together`: neighbours of one size go as one piece. EOPNOTSUPP: together they do
/// not go.
outcome send_datagrams(int fd, const_buffers datagrams, const endpoint* to, bool together) noexcept;

}  // namespace fairlead::sys
