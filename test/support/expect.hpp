// SPDX-License-Identifier: MIT
// Expectations about results, which say the error's sentence when they fail.
#pragma once

#include <gtest/gtest.h>

#include <fairlead/error.hpp>

namespace fairlead::testing {

template <class T>
void expect_ok(const result<T>& r) {
  EXPECT_TRUE(r.has_value()) << (r ? std::string() : r.error().message());
}

/// `code` is an errc or a fault.
template <class T, class Code>
void expect_error(const result<T>& r, Code code) {
  EXPECT_FALSE(r.has_value()) << "it succeeded";
  if (!r) {
    EXPECT_TRUE(r.error() == code) << r.error().message();
  }
}

template <class T>
[[nodiscard]] bool would_block(const result<T>& r) {
  return !r && r.error() == errc::operation_would_block;
}

}  // namespace fairlead::testing
