// SPDX-License-Identifier: MIT
// Whether a program that a test needs is there.
#pragma once

#include <string>

#include "support/child.hpp"

namespace tool_test {

[[nodiscard]] inline bool has_program(const std::string& name) {
  return fairlead::testing::run_program({"/bin/sh", "-c", "command -v \"$1\" >/dev/null", "sh", name})
             .status == 0;
}

}  // namespace tool_test
