// SPDX-License-Identifier: MIT
// Running a test on every backend that this machine has.
#pragma once

#include <ostream>
#include <vector>

#include <gtest/gtest.h>

#include <fairlead/loop.hpp>

#include "support/guard.hpp"

namespace fairlead {

inline void PrintTo(backend b, std::ostream* out) { *out << to_string(b); }

}  // namespace fairlead

namespace fairlead::testing {

/// epoll, and io_uring where it is permitted.
[[nodiscard]] const std::vector<backend>& backends_here();

/// Runs a task on a new loop of this backend. A loop that cannot be made ends the test program's test.
template <class T>
T run_on(backend b, task<T> t) {
  result<loop> l = loop::create({b});
  if (!l) return loop::fail<T>(std::move(l.error()));
  return l->run(std::move(t));
}

/// A test that gets the backend as its parameter: TEST_P(MySuite, …) and FAIRLEAD_ON_EVERY_BACKEND(MySuite).
class every_backend : public guarded<::testing::TestWithParam<backend>> {
 protected:
  template <class T>
  T run(task<T> t) {
    return run_on(GetParam(), std::move(t));
  }
};

inline std::string name_of_parameter(const ::testing::TestParamInfo<backend>& info) {
  return std::string(to_string(info.param));
}

}  // namespace fairlead::testing

#define FAIRLEAD_ON_EVERY_BACKEND(Suite)                                                         \
  INSTANTIATE_TEST_SUITE_P(On, Suite, ::testing::ValuesIn(::fairlead::testing::backends_here()), \
                           ::fairlead::testing::name_of_parameter)
