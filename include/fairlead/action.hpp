// SPDX-License-Identifier: MIT
// What operations there are, and what the library has to know of each. For operation.hpp.
#pragma once

#include <cstdint>

namespace fairlead::detail {

/// What an operation asks of the system.
enum class action : std::uint8_t {
  none,
  sleep,
  recv,
  recv_exactly,
  recv_from,
  recv_message,
  recv_batch,
  recv_loan,
  accept,
  read,
  readable,
  send_some,
  send,
  send_to,
  send_message,
  send_batch,
  connect,
  write_some,
  write,
  writable,
  shutdown,
  fill,   // splices from the target into a pipe, which is in `extra`
  drain,  // and from the pipe to the target
};

/// What the library looks at for every message, in one byte.
struct traits {
  static constexpr std::uint8_t out = 1;  // occupies the sending direction (else: the receiving one)
  static constexpr std::uint8_t second_look =
      2;  // gives something of the socket, if only its readiness; or has none
  static constexpr std::uint8_t timed = 4;      // is a timed_io
  static constexpr std::uint8_t plain = 8;      // one buffer of bytes, where the socket knows no boundaries
  static constexpr std::uint8_t composed = 16;  // goes on until all is moved
  static constexpr std::uint8_t vectored = 32;  // `data` is an array of buffers
  static constexpr std::uint8_t bounded = 64;   // has a deadline or a stop token
  static constexpr std::uint8_t polling = 128;  // the backend waits for readiness rather than for the outcome

  [[nodiscard]] static constexpr std::uint8_t of(action a) noexcept {
    switch (a) {
      case action::recv: return plain;
      case action::recv_exactly: return plain | composed;
      case action::none:
      case action::recv_from:
      case action::recv_message:
      case action::recv_batch:
      case action::recv_loan:
      case action::read:
      case action::fill: return 0;
      case action::readable: return second_look;
      case action::sleep: return timed | second_look;
      case action::accept: return second_look | timed;
      case action::connect: return out | second_look | timed;
      case action::send_to: return out | timed;
      case action::send_some: return out | plain;
      case action::send: return out | plain | composed;
      case action::write: return out | composed;
      case action::send_message:
      case action::send_batch:
      case action::write_some:
      case action::writable:
      case action::shutdown:
      case action::drain: break;
    }
    return out;
  }
};

}  // namespace fairlead::detail
