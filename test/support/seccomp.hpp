// SPDX-License-Identifier: MIT
// What a container does to a program: system calls that are refused. Cannot be undone, so use it in a child.
#pragma once

#include <span>

namespace fairlead::testing {

/// From now on this thread and its children get `error` from these system calls. False: no seccomp here.
[[nodiscard]] bool deny_system_calls(std::span<const long> numbers, int error) noexcept;

/// io_uring_setup, io_uring_enter and io_uring_register answer EPERM, as under Docker's default profile.
[[nodiscard]] bool deny_io_uring() noexcept;

}  // namespace fairlead::testing
