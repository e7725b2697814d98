// SPDX-License-Identifier: MIT
#pragma once

namespace fairlead::testing {

/// How many of them live is in a number: whether the locals of a task that ended are gone.
struct counted {
  explicit counted(int& n) : alive(&n) { ++*alive; }
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;
  ~counted() { --*alive; }
  int* alive;
};

}  // namespace fairlead::testing
