// SPDX-License-Identifier: MIT
// Tests of sockets that run in every way an operation can be waited for.
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <fairlead/loop.hpp>
#include <fairlead/socket.hpp>

#include "support/backends.hpp"
#include "support/guard.hpp"

namespace fairlead {

inline void PrintTo(const error& e, std::ostream* out) { *out << e.message(); }
inline void PrintTo(const endpoint& e, std::ostream* out) { *out << e.to_string(); }

}  // namespace fairlead

namespace fairlead::testing {

enum class way { now, wait, epoll, io_uring };

inline std::string to_string(way w) {
  switch (w) {
    case way::now: return "now";
    case way::wait: return "wait";
    case way::epoll: return "epoll";
    case way::io_uring: return "io_uring";
  }
  return {};
}
inline void PrintTo(way w, std::ostream* out) { *out << to_string(w); }

/// .now() until it no longer would block, .wait(), and co_await on each backend that is here.
inline std::vector<way> ways_here() {
  std::vector<way> all{way::now, way::wait};
  for (const backend b : backends_here()) all.push_back(b == backend::epoll ? way::epoll : way::io_uring);
  return all;
}

inline std::string name_of_way(const ::testing::TestParamInfo<way>& info) { return to_string(info.param); }

/// A fixture that ends operations in the way of its parameter: finish([&] { return socket.recv(buffer); }).
class every_way : public guarded<::testing::TestWithParam<way>> {
 protected:
  template <class Make>
  auto finish(Make make) -> result<typename decltype(make())::value_type> {
    using operation = decltype(make());
    switch (GetParam()) {
      case way::now:
        if constexpr (requires(operation&& op) { std::move(op).now(); }) {
          for (;;) {
            auto r = make().now();
            if (r || !(r.error() == errc::operation_would_block)) return r;
            std::this_thread::yield();
          }
        }
        [[fallthrough]];  // composed operations have no now()
      case way::wait: return make().wait();
      case way::epoll: return on(backend::epoll).run(awaited(make));
      case way::io_uring: return on(backend::io_uring).run(awaited(make));
    }
    return make().wait();
  }

 private:
  template <class Make>
  static task<result<typename decltype(std::declval<Make&>()())::value_type>> awaited(Make& make) {
    co_return co_await make();
  }
  loop& on(backend b) {
    if (!loop_) loop_.emplace(loop::create({b}).value());
    return *loop_;
  }
  std::optional<loop> loop_;
};

/// The words of a failure; a success is told apart from all of them.
template <class T>
std::string said(const result<T>& r) {
  return r ? "(no error)" : r.error().message();
}

template <class T>
std::error_code code(const result<T>& r) {
  return r ? std::error_code() : r.error().code();
}

}  // namespace fairlead::testing

#define FAIRLEAD_IN_EVERY_WAY(Suite)                                                         \
  INSTANTIATE_TEST_SUITE_P(By, Suite, ::testing::ValuesIn(::fairlead::testing::ways_here()), \
                           ::fairlead::testing::name_of_way)
