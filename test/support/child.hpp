// SPDX-License-Identifier: MIT
// Code and programs that run in a process of their own.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "support/guard.hpp"

namespace fairlead::testing {

/// How a child ended and what it wrote.
struct child_outcome {
  int status = -1;     ///< its exit status; 128 and the signal's number if a signal ended it
  bool hung = false;   ///< it was killed at the deadline
  std::string output;  ///< standard output
  std::string errors;  ///< standard error
};

struct program_options {
  std::string input;                                             ///< given to its standard input, then closed
  std::vector<std::pair<std::string, std::string>> environment;  ///< added to ours
  std::chrono::milliseconds deadline = soon;
};

/// Runs a program to its end. The first word is its path.
[[nodiscard]] child_outcome run_program(const std::vector<std::string>& words,
                                        const program_options& options = {});

/// Forks and runs `body`, whose return value is the exit status. For what cannot be undone: seccomp filters,
/// limits, the environment. The child has only the forking thread.
[[nodiscard]] child_outcome run_in_child(const std::function<int()>& body,
                                         std::chrono::milliseconds deadline = soon);

}  // namespace fairlead::testing
