// SPDX-License-Identifier: MIT
#include "transfer/background.hpp"

#include <memory>
#include <system_error>
#include <thread>

#include <fairlead/or_return.hpp>

namespace tool::transfer {

using namespace fairlead;

struct background::state {
  // Of the loop's thread, but for `ended`, which is handed over by post().
  condition changed;
  bool done = false;
  result<void> ended;
  std::thread worker;
};

background::background(loop& l, const std::function<result<void>()>& work)
    : state_(std::make_shared<state>()) {
  const auto aside = [&l, s = state_, work] {
    s->ended = work();
    l.post([s]() noexcept {
      s->done = true;
      s->changed.notify_all();
    });
  };
  try {
    state_->worker = std::thread(aside);
  } catch (const std::system_error&) {
    // No more threads for us: the loop stands still meanwhile, which is better than nothing done.
    state_->ended = work();
    state_->done = true;
  }
}

background::~background() {
  if (state_->worker.joinable()) state_->worker.join();
}

task<result<bool>> background::done_within(duration d) {
  const time_point until = fairlead::clock::now() + d;
  while (!state_->done && fairlead::clock::now() < until) co_await or_return(state_->changed.notified(until));
  co_return state_->done;
}

result<void> background::outcome() {
  if (state_->worker.joinable()) state_->worker.join();
  return state_->ended;
}

}  // namespace tool::transfer
