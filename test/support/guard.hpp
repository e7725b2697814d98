// SPDX-License-Identifier: MIT
// A test that hangs ends the program with its name, instead of holding up everything until somebody looks.
#pragma once

#include <chrono>

#include <gtest/gtest.h>

namespace fairlead::testing {

/// What no operation should ever reach: the deadline of those that are expected to end at once. A machine
/// that is busy with other things must not reach it either.
constexpr auto soon = std::chrono::seconds(30);

/// As long as it lives the program may hang for this long and no longer. One at a time. A test that waits as
/// long as `expected`, the time in which it worked apart, fails too: something ended at its deadline that
/// should have ended by itself.
class hang_guard {
 public:
  explicit hang_guard(std::chrono::seconds limit = 5 * soon,
                      std::chrono::seconds expected = soon - std::chrono::seconds(3));
  ~hang_guard();
  hang_guard(const hang_guard&) = delete;
  hang_guard& operator=(const hang_guard&) = delete;

 private:
  std::chrono::seconds expected_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

/// A fixture whose tests are watched.
template <class Fixture = ::testing::Test>
class guarded : public Fixture {
  hang_guard guard_;
};

/// Under a sanitizer everything is slower, and repetitions are fewer.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif
#else
constexpr bool sanitized = false;
#endif

}  // namespace fairlead::testing
