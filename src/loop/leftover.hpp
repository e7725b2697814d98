// SPDX-License-Identifier: MIT
// What had arrived for an operation whose coroutine was destroyed before it ran again. It stays with the
// socket, and the next operation of its kind gets it first: destroying a coroutine loses nothing (rules 5 and
// 6).
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include <fairlead/address.hpp>
#include <fairlead/operation.hpp>

#include "sys/outcome.hpp"

namespace fairlead::detail {

struct datagram_pieces;
struct socket_state;

struct leftover {
  struct record {
    std::vector<std::byte> bytes;
    endpoint from;
  };
  std::vector<std::byte> bytes;  // of a stream; or one whole record, which may be empty
  endpoint from;                 // who sent the record or made the connection
  std::vector<int> descriptors;  // that came with the bytes; or the accepted connection
  std::deque<record> behind;     // further records, in their order

  leftover() = default;
  leftover(const leftover&) = delete;
  leftover& operator=(const leftover&) = delete;
  ~leftover();
};

/// Moves what `op` has received to its socket. `op` has ended, and nobody will look at it any more.
void keep_for_next(io& op);

/// Gives `op` what was kept. Precondition: op.target->unread.
[[nodiscard]] sys::outcome take_kept(io& op) noexcept;

/// The same into a pipe, which has room. What was kept is bytes of a stream.
[[nodiscard]] sys::outcome take_kept(socket_state& s, int pipe) noexcept;

/// Keeps the datagrams of `pieces` at `s`, before all that is kept there already.
void keep_all(socket_state& s, const datagram_pieces& pieces);

}  // namespace fairlead::detail
