// SPDX-License-Identifier: MIT
// The four ways to wait, so that one exchange can be written once and run with each of them.
#pragma once

#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <fairlead/fairlead.hpp>

#include "support/backends.hpp"
#include "support/expect.hpp"
#include "support/guard.hpp"

namespace fairlead::testing {

enum class way {
  now,       ///< now(), and a wait for readiness after errc::operation_would_block
  wait,      ///< wait(): every operation blocks its thread
  epoll,     ///< co_await on a loop
  io_uring,  ///< co_await on a loop
};

[[nodiscard]] inline std::string_view to_string(way w) {
  constexpr std::string_view names[] = {"now", "wait", "epoll", "io_uring"};
  return names[static_cast<int>(w)];
}

inline void PrintTo(way w, std::ostream* out) { *out << to_string(w); }
inline std::string name_of_way(const ::testing::TestParamInfo<way>& info) {
  return std::string(to_string(info.param));
}

[[nodiscard]] inline bool on_a_loop(way w) { return w == way::epoll || w == way::io_uring; }
[[nodiscard]] inline backend backend_of(way w) {
  return w == way::epoll ? backend::epoll : backend::io_uring;
}

/// All ways that this machine has, of those that sleep at all, or of those with a loop.
[[nodiscard]] inline std::vector<way> loop_ways() {
  std::vector<way> ways;
  for (const backend b : backends_here()) ways.push_back(b == backend::epoll ? way::epoll : way::io_uring);
  return ways;
}
[[nodiscard]] inline std::vector<way> sleeping_ways() {
  std::vector<way> ways = loop_ways();
  ways.insert(ways.begin(), way::wait);
  return ways;
}
[[nodiscard]] inline std::vector<way> all_ways() {
  std::vector<way> ways = sleeping_ways();
  ways.insert(ways.begin(), way::now);
  return ways;
}

/// Runs one task to its end: on a loop, or on this thread with every operation blocking.
template <class T>
T drive(way w, task<T> t) {
  if (on_a_loop(w)) return run_on(backend_of(w), std::move(t));
  return std::move(t).wait();
}

/// Runs all parties, functions that give a task<result<void>>, at the same time and expects each to succeed:
/// as tasks of one loop, or each on a thread of its own.
template <class... Party>
void together(way w, Party... parties) {
  if (!on_a_loop(w)) {
    std::vector<std::jthread> threads;
    (threads.emplace_back([&parties] { expect_ok(parties().wait()); }), ...);
    return;
  }
  const auto all = [&]() -> task<result<void>> {
    scope s;
    (s.spawn(parties()), ...);
    co_return co_await s.join();
  };
  expect_ok(run_on(backend_of(w), all()));
}

/// Runs one party by itself and expects it to succeed.
template <class Party>
void play(way w, Party party) {
  expect_ok(drive(w, party()));
}

/// Lets a loop take `n` turns: what was spawned has begun and waits in the kernel, what has arrived is known.
inline task<> turns(int n = 4) {
  for (int i = 0; i < n; ++i) co_await yield();
}

/// Time passes, and this thread does nothing else.
inline void let_pass(duration d) {
  for (const time_point end = clock::now() + d; clock::now() < end;) continue;
}

/// s.recv(b) in the given way.
template <class Socket, class Buffer>
task<result<std::size_t>> recv(way w, Socket& s, Buffer b) {
  if (w != way::now) co_return co_await s.recv(b);
  for (;;) {
    result<std::size_t> r = s.recv(b).now();
    if (!would_block(r)) co_return r;
    co_await or_return(s.readable().within(soon));
  }
}

/// All of `b`. What send() promises, out of send_some() where nothing waits.
template <class Stream>
task<result<std::size_t>> send(way w, Stream& s, const_buffer b) {
  if (w != way::now) co_return co_await s.send(b);
  std::size_t done = 0;
  while (done < b.size) {
    const result<std::size_t> r = s.send_some(b.after(done)).now();
    if (would_block(r)) {
      co_await or_return(s.writable().within(soon));
    } else if (!r) {
      co_return r;
    } else {
      done += *r;
    }
  }
  co_return done;
}

/// Fills `b`, or says how much came before the end.
template <class Stream>
task<result<std::size_t>> recv_all(way w, Stream& s, mutable_buffer b) {
  std::size_t done = 0;
  while (done < b.size) {
    const std::size_t n = co_await or_return(recv(w, s, b.after(done)));
    if (n == 0) break;
    done += n;
  }
  co_return done;
}

}  // namespace fairlead::testing
