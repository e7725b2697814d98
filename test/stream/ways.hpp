// SPDX-License-Identifier: MIT
// Running one task in every way of waiting that drives tasks: blocking without a loop, and on each backend.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <fairlead/loop.hpp>
#include <fairlead/task.hpp>

#include "support/backends.hpp"
#include "support/guard.hpp"

namespace fairlead::testing {

/// automatic stands for no loop at all.
struct way {
  fairlead::backend on = backend::automatic;
  [[nodiscard]] bool blocks() const noexcept { return on == backend::automatic; }
  [[nodiscard]] std::string name() const { return blocks() ? "blocking" : std::string(to_string(on)); }
};

inline void PrintTo(const way& w, std::ostream* out) { *out << w.name(); }

inline std::vector<way> every_way_here() {
  std::vector<way> ways{{backend::automatic}};
  for (const backend b : backends_here()) ways.push_back({b});
  return ways;
}

class every_way : public guarded<::testing::TestWithParam<way>> {
 protected:
  template <class T>
  T run(task<T> t) {
    if (GetParam().blocks()) return std::move(t).wait();
    return run_on(GetParam().on, std::move(t));
  }
};

/// The value, or a failed test that says the error, and a value made from nothing.
template <class T>
T value_of(result<T> r) {
  if (r) return std::move(*r);
  ADD_FAILURE() << r.error().message();
  return T();
}
inline void value_of(const result<void>& r) {
  if (!r) ADD_FAILURE() << r.error().message();
}

/// Asks for a stop as soon as something has arrived at the other end: in the middle of a large transfer.
class stop_when_readable {
 public:
  template <class Stream>
  explicit stop_when_readable(Stream& at) {
    watcher_ = std::jthread([this, &at] {
      (void)at.readable().within(soon).wait();
      source_.request_stop();
    });
  }
  [[nodiscard]] std::stop_token token() const noexcept { return source_.get_token(); }

 private:
  std::stop_source source_;
  std::jthread watcher_;
};

inline std::string name_of_way(const ::testing::TestParamInfo<way>& w) { return w.param.name(); }

}  // namespace fairlead::testing

#define FAIRLEAD_IN_EVERY_WAY(Suite)                                                              \
  INSTANTIATE_TEST_SUITE_P(In, Suite, ::testing::ValuesIn(::fairlead::testing::every_way_here()), \
                           ::fairlead::testing::name_of_way)
