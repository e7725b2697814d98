// SPDX-License-Identifier: MIT
// One attempt at an operation by plain system calls: what now(), wait() and every driver that learns of
// readiness share.
#pragma once

#include <fairlead/operation.hpp>

namespace fairlead::detail {

enum class progress : unsigned char {
  ended,    // op.code and op.count say how
  blocked,  // the kernel would block
  again,    // more could be done at once, but others want their turn
  pause,    // worth another try after pause_for(op): readiness would not announce the change
};

[[nodiscard]] progress perform(io& op) noexcept;

/// What has arrived by now is delivered, even though `op` was asked to end (rule 5). Sets its code and count.
void last_attempt(io& op) noexcept;

/// The buffers that `op` fills; `one` holds them if there is a single one.
[[nodiscard]] mutable_buffers to_fill(const io& op, mutable_buffer& one) noexcept;

/// How long the next pause is; counts it. Precondition: perform() said pause.
[[nodiscard]] duration pause_for(io& op) noexcept;

/// Whether `op`, having just moved `bytes`, wants more; sets its code at a premature end of stream.
[[nodiscard]] bool wants_more(io& op, std::size_t bytes) noexcept;

}  // namespace fairlead::detail
