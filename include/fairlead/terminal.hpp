// SPDX-License-Identifier: MIT
// Terminals: how large one is, and passing every key on as it is.
#pragma once

#include <cstdint>
#include <utility>

#include <fairlead/error.hpp>
#include <fairlead/export.hpp>

namespace fairlead {

/// In characters.
struct terminal_size {
  std::uint16_t columns = 80;
  std::uint16_t rows = 24;
  friend bool operator==(const terminal_size&, const terminal_size&) = default;
};

/// Of the terminal that is our standard input, or else our standard output. SIGWINCH (signal.hpp) says that
/// it has changed. errc::inappropriate_io_control_operation if neither is one.
[[nodiscard]] FAIRLEAD_API result<terminal_size> size_of_our_terminal();

/// While it lives, the terminal that is our standard input gives every key as it is typed: no line editing,
/// no echo, and Ctrl-C is a byte rather than a signal (cfmakeraw in termios(3)). What the terminal was like
/// before is restored by the destructor, but not if a signal ends the program. Move only; one at a time.
class FAIRLEAD_API raw_terminal {
 public:
  /// errc::inappropriate_io_control_operation if standard input is no terminal.
  [[nodiscard]] static result<raw_terminal> enter();
  raw_terminal(raw_terminal&& other) noexcept : before_(std::exchange(other.before_, nullptr)) {}
  raw_terminal& operator=(raw_terminal&& other) noexcept {
    std::swap(before_, other.before_);
    return *this;
  }
  ~raw_terminal();

 private:
  struct saved;
  explicit raw_terminal(saved* before) noexcept : before_(before) {}
  saved* before_;
};

}  // namespace fairlead
