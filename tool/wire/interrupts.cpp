// SPDX-License-Identifier: MIT
#include "wire/interrupts.hpp"

namespace tool {

using namespace fairlead;

namespace {

task<> conclude(task<result<void>> work, result<void>& ended, scope& all) {
  ended = co_await std::move(work);
  all.request_stop();  // nobody needs to watch any more
}

}  // namespace

task<conclusion> until_interrupted(std::function<task<result<void>>(const interrupts&)> work,
                                   const console& out, std::optional<duration> open_for) {
  interrupts signals(out);
  result<void> ended;
  scope all;
  all.spawn(signals.watch(all));
  if (open_for) all.spawn(signals.close_after(*open_for));
  all.spawn(conclude(work(signals), ended, all));
  (void)co_await all.join();
  co_return conclusion(signals.outcome(std::move(ended)), signals.number());
}

}  // namespace tool
