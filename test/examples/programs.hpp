// SPDX-License-Identifier: MIT
// Running the examples: to their end, or beside the test, which then speaks with them.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "support/child.hpp"

namespace fairlead::testing {

/// The program of examples/NAME.cpp.
[[nodiscard]] std::string example(std::string_view name);

/// Runs examples/NAME.cpp to its end.
[[nodiscard]] child_outcome run_example(std::string_view name,
                                        const std::vector<std::string>& arguments = {});

/// Status 0, nothing on standard error, and these lines on standard output in this order, whatever is
/// between.
void expect_success(const child_outcome& outcome, const std::vector<std::string_view>& lines);

/// Status 2, nothing on standard output, and on standard error a sentence that begins like this.
void expect_usage_error(const child_outcome& outcome, std::string_view beginning);

/// An example that runs beside the test. Whatever happens it is gone when this object is.
class running_example {
 public:
  explicit running_example(std::string_view name, const std::vector<std::string>& arguments = {});
  running_example(const running_example&) = delete;
  running_example& operator=(const running_example&) = delete;
  ~running_example();

  /// The next line of its standard output, without the newline; a failure when none comes.
  [[nodiscard]] std::string line();
  /// What follows "listening SCHEME://" in the next line, which must be that of a server.
  [[nodiscard]] std::string address();
  /// Sends a signal; its exit status, or 128 and the signal's number if that ended it.
  [[nodiscard]] int end_with(int signal);

 private:
  pid_t process_ = -1;
  int output_ = -1;
  std::string unread_;
};

}  // namespace fairlead::testing
