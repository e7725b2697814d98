// SPDX-License-Identifier: MIT
// Signals: their names, catching them, and calls that must not raise SIGPIPE.
#pragma once

#include <signal.h>

#include <string>

#include "sys/outcome.hpp"

namespace fairlead::sys {

using signal_handler = void (*)(int);

/// From now on `handler` is called for the signal; interrupted system calls go on (SA_RESTART). What was in
/// force is stored in `before`. EINVAL for signals that cannot be caught.
outcome catch_signal(int number, signal_handler handler, struct sigaction& before) noexcept;
/// Puts `before` in force again, unless somebody has replaced `handler` meanwhile.
void restore_signal(int number, signal_handler handler, const struct sigaction& before) noexcept;
/// Whether nothing happens when it comes.
bool is_ignored(int number) noexcept;
/// For handlers: writes one byte if there is room. Leaves errno alone.
void tell(int pipe, unsigned char byte) noexcept;
/// "SIGINT", or empty for a number that is no signal.
std::string signal_name(int number);

/// Writing to a pipe that nobody reads raises SIGPIPE in the thread that writes, and before Linux 6.18 no
/// flag of the call prevents it. While one of these lives the thread does not get that signal, and one that
/// was raised meanwhile is taken away at the end.
class without_sigpipe {
 public:
  without_sigpipe() noexcept;
  without_sigpipe(const without_sigpipe&) = delete;
  without_sigpipe& operator=(const without_sigpipe&) = delete;
  ~without_sigpipe();
  /// What was written in the meantime was written whole, so that no signal can have been raised.
  void went_well() noexcept { raised_ = false; }

 private:
  sigset_t before_;
  bool was_blocked_ = false;
  bool raised_ = true;
};

}  // namespace fairlead::sys
