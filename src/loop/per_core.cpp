// SPDX-License-Identifier: MIT
// One loop a core, each on its own thread.
#include <algorithm>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include <fairlead/loop.hpp>

namespace fairlead::detail {

namespace {

unsigned cores() noexcept { return std::max(1U, std::thread::hardware_concurrency()); }

struct verdicts {
  std::mutex guard;
  std::optional<error> first;
  std::stop_source stop;

  void add(result<void> r) {
    if (r) return;
    const std::lock_guard lock(guard);
    if (!first) first = std::move(r.error());
    stop.request_stop();
  }
};

}  // namespace

result<void> run_loops(unsigned count, loop_options options, task<result<void>> (*make)(void*, unsigned),
                       void* factory) {
  verdicts all;
  {
    std::vector<std::jthread> threads;
    const unsigned n = count == 0 ? cores() : count;
    for (unsigned i = 0; i < n; ++i) {
      threads.emplace_back([&all, options, make, factory, i] {
        result<loop> l = loop::create(options);
        if (!l) return all.add(std::unexpected(std::move(l.error())));
        all.add(l->run([](task<result<void>> t, std::stop_token stop) -> task<result<void>> {
          co_return co_await std::move(t).stop_on(std::move(stop));
        }(make(factory, i), all.stop.get_token())));
      });
    }
  }
  if (all.first) return std::unexpected(std::move(*all.first));
  return {};
}

}  // namespace fairlead::detail
