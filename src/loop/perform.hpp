// SPDX-License-Identifier: MIT
// One attempt at an operation by plain system calls: what now(), wait() and every driver that learns of
// readiness share.
#pragma once

#include <fairlead/operation.hpp>

#include "loop/socket_state.hpp"
#include "sys/bytes.hpp"

namespace fairlead::detail {

enum class progress : unsigned char {
  ended,    // op.code and op.count say how
  drained,  // ended, and the kernel has no more: the next bytes will be announced (epoll(7))
  blocked,  // the kernel would block
  again,    // more could be done at once, but others want their turn
  pause,    // worth another try after pause_for(op): readiness would not announce the change
};

[[nodiscard]] constexpr bool has_ended(progress p) noexcept { return p <= progress::drained; }

/// Whether a stream that gave less than was asked for has no more. A Unix stream may have stopped at bytes
/// that came with descriptors or from another process (unix(7)), and more is there.
[[nodiscard]] inline bool tells_drained(const io& op) noexcept {
  return op.count < op.size && !op.target->finished && op.target->carries == transport::tcp;
}

/// Whether `op` is a receive into no room, which does not wait.
[[nodiscard]] inline bool asks_for_nothing(const io& op) noexcept {
  return op.size == 0 && op.is(traits::plain);
}

[[nodiscard]] progress perform_any(io& op) noexcept;
/// The call that perform() tried said -1.
[[nodiscard]] progress failed_once(io& op, int code) noexcept;

/// One call for a plain receive where nothing is left over. False: see failed_once().
[[nodiscard]] inline bool receive_once(io& op, const socket_state& s) noexcept {
  const long n = sys::recv_once(s.fd, op.data, op.size);
  if (n < 0) return false;
  op.code = 0;
  op.count = static_cast<std::size_t>(n);
  return true;
}

[[nodiscard]] inline progress perform(io& op) noexcept {
  // What nearly every operation is, in few instructions: one buffer of bytes.
  const socket_state& s = *op.target;
  if (op.is(traits::plain) && op.size > 0) {
    if (op.what == action::recv && s.unread == nullptr) {
      if (!receive_once(op, s)) [[unlikely]] {
        return failed_once(op, errno);
      }
      return tells_drained(op) ? progress::drained : progress::ended;
    }
    if (op.what == action::send && op.count == 0) {
      const long n = sys::send_once(s.fd, op.data, op.size);
      if (n < 0) [[unlikely]] {
        return failed_once(op, errno);
      }
      op.code = 0;
      op.count = static_cast<std::size_t>(n);
      if (op.count == op.size) return progress::ended;
    }
  }
  return perform_any(op);
}

/// What has arrived by now is delivered, even though `op` was asked to end (rule 5). Sets its code and count.
void last_attempt(io& op) noexcept;

/// The buffers that `op` fills; `one` holds them if there is a single one.
[[nodiscard]] mutable_buffers to_fill(const io& op, mutable_buffer& one) noexcept;

/// How long the next pause is; counts it. Precondition: perform() said pause.
[[nodiscard]] duration pause_for(io& op) noexcept;

/// Whether `op`, having just moved `bytes`, wants more; sets its code at a premature end of stream.
[[nodiscard]] bool wants_more(io& op, std::size_t bytes) noexcept;

}  // namespace fairlead::detail
