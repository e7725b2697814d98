// SPDX-License-Identifier: MIT
// The worst time to close a socket or to destroy a coroutine.
#pragma once

#include <utility>

#include <fairlead/loop.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/task.hpp>
#include <fairlead/unix.hpp>

namespace fairlead::testing {

/// Starts `victim` in `s`, lets it reach its suspension, calls `meanwhile`, and returns when its operation
/// has ended already and its coroutine would run next. The kernel was told of us first, so we run before it
/// does: io_uring has ended its operation then, and epoll does when we ask it to stop, for what has arrived
/// is delivered all the same.
template <class Victim, class Meanwhile>
task<> last_moment(scope& s, Victim victim, Meanwhile meanwhile) {
  auto gate = unix_stream::pair().value();
  s.spawn(std::move(victim));
  scope others;
  others.spawn([](unix_stream& opener, Meanwhile& then) -> task<> {
    for (int turn = 0; turn < 3; ++turn) co_await yield();  // both wait in the kernel now
    (void)opener.send_some("x").now();
    then();
  }(gate.first, meanwhile));
  char x = 0;
  (void)co_await gate.second.recv(mutable_buffer(&x, 1));
  s.request_stop();
}

/// Destroys `victim` then.
template <class Victim, class Meanwhile>
task<> destroy_at_the_last_moment(Victim victim, Meanwhile meanwhile) {
  scope s;
  co_await last_moment(s, std::move(victim), std::move(meanwhile));
}

}  // namespace fairlead::testing
