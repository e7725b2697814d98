// SPDX-License-Identifier: MIT
// A program that is killed at its n-th system call: a moment that can be chosen, and found again.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace tool_test {

struct trace_outcome {
  bool permitted = true;  ///< whether tracing is allowed here
  bool killed = false;    ///< else it ended before
  int status = -1;        ///< as running::status()
  std::size_t calls = 0;  ///< system calls that it began, of all its threads
  std::string errors;     ///< its standard error; standard output is dropped
};

/// Runs it, killing it with SIGKILL when it begins its system call number `fatal`, from 1; 0 lets it run.
/// When it has written `word` to standard error, `then` is called once.
[[nodiscard]] trace_outcome run_traced(std::vector<std::string> words, std::size_t fatal,
                                       const std::string& word = {}, const std::function<void()>& then = {});

}  // namespace tool_test
