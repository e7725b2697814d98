// SPDX-License-Identifier: MIT
// Starting and ending processes.
#pragma once

#include "sys/outcome.hpp"

namespace fairlead::sys {

constexpr int inherited = -1;  // a standard stream that is left as it is
constexpr int nothing = -2;    // a standard stream that becomes /dev/null

struct spawn_request {
  char* const* words;  // ends with a null pointer, as the environment does
  char* const* environment;
  const char* directory;  // null: the present one
  int streams[3];         // descriptors above 2, or one of the words above
  bool own_group;
  const char* terminal;  // path of the one that becomes its streams and controls it; null: none
};

/// The process id in `count`. What exec said is the outcome; PATH is searched.
outcome spawn(const spawn_request& what) noexcept;

/// A descriptor that is readable once the process has ended (pidfd_open(2), Linux 5.3).
outcome open_process(int id) noexcept;

/// Sleeps until the process has ended; its status stays to be taken.
void await_end(int id) noexcept;

struct ending {
  bool by_signal = false;
  int number = 0;
};
/// Takes the status of a process that has ended; EAGAIN if it runs, and `patiently` was not said.
outcome take_status(int id, bool patiently, ending& how) noexcept;

/// By a descriptor of open_process(), which never means another process that got the same id later.
outcome signal_process(int descriptor, int number) noexcept;
outcome signal_id(int id, int number) noexcept;
outcome signal_group(int id, int number) noexcept;

/// The environment of this program: "NAME=value", ends with a null pointer.
char** environment() noexcept;

}  // namespace fairlead::sys
