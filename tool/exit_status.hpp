// SPDX-License-Identifier: MIT
// What the tool ends with. Scripts rely on it: never 0 after a failure.
#pragma once

#include <fairlead/error.hpp>

namespace tool {

enum class exit_status : int {
  ok = 0,
  network = 1,       ///< the network, the peer or the system failed
  usage = 2,         ///< a wrong flag, address or configuration
  deadline = 3,      ///< a time that was set ran out
  verification = 4,  ///< what arrived is not what was sent, or not from whom it should be
};

/// Ended by a signal: 128 and its number, as shells say it.
[[nodiscard]] constexpr int after_signal(int number) noexcept { return 128 + number; }

/// Which status an error deserves. A damaged message is errc::bad_message.
[[nodiscard]] inline exit_status status_of(const fairlead::error& e) noexcept {
  if (e == fairlead::fault::bad_syntax) return exit_status::usage;
  if (e == fairlead::errc::timed_out) return exit_status::deadline;
  if (e == fairlead::errc::bad_message || e == fairlead::fault::untrusted) return exit_status::verification;
  return exit_status::network;
}

}  // namespace tool
