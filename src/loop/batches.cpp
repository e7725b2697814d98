// SPDX-License-Identifier: MIT
#include "loop/batches.hpp"

#include <cerrno>
#include <memory>
#include <new>

#include <fairlead/datagram_batch.hpp>

#include "loop/leftover.hpp"
#include "loop/socket_state.hpp"
#include "sys/datagrams.hpp"

namespace fairlead::detail {

sys::outcome receive_cut(io& op) noexcept {
  socket_state& s = *op.target;
  try {
    if (!s.scissors) s.scissors = std::make_unique<datagram_pieces>(1);
    if (const sys::outcome r = sys::recv_glued(s.fd, *s.scissors); !r.ok()) return r;
    keep_all(s, *s.scissors);
  } catch (const std::bad_alloc&) {
    return {ENOMEM, 0};
  }
  return take_kept(op);
}

sys::outcome receive_batch(io& op) noexcept {
  socket_state& s = *op.target;
  auto& into = *static_cast<datagram_pieces*>(op.extra);
  if (s.unread) return take_kept(op);
  if (!s.glued) {
    (void)sys::expect_glued(s.fd);  // without it each piece holds one
    s.glued = true;
  }
  return sys::recv_glued(s.fd, into);
}

sys::outcome transmit_batch(io& op) noexcept {
  socket_state& s = *op.target;
  const const_buffers all(static_cast<const const_buffer*>(op.data), op.size);
  if (all.empty()) return {};
  const auto* const to = static_cast<const endpoint*>(op.extra);
  if (!s.sends_singly) {
    const sys::outcome r = sys::send_datagrams(s.fd, all, to, true);
    if (r.code != EOPNOTSUPP) return r;
    s.sends_singly = true;
  }
  return sys::send_datagrams(s.fd, all, to, false);
}

}  // namespace fairlead::detail
