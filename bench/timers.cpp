// SPDX-License-Identifier: MIT
// Schedules a timer and cancels it again, while a million others are pending, most of which will never fire
// either: what a server does that gives every operation a deadline. Usage: bench-timers [task] Alone it
// starts a sleep and abandons it; with "task" it spawns a task that sleeps, and stops it. Prints lines
// "metric unit better value" for bench/support/pairs.sh.
#include <cstdio>
#include <ctime>
#include <random>

#include <fairlead/fairlead.hpp>

using namespace fairlead;
using namespace std::chrono_literals;

constexpr int pending = 1'000'000;
constexpr int rounds = 2'000'000;

// Between a second and an hour, always the same sequence.
duration later() {
  static std::minstd_rand random(7);
  return std::chrono::milliseconds(1000 + random() % 3'600'000);
}

task<result<void>> nap() {
  return [](duration d) -> task<result<void>> { co_return co_await sleep_for(d); }(later());
}

void alone(int times) {
  for (int i = 0; i < times; ++i) {
    sleep_operation sleep = sleep_for(later());
    std::move(sleep).operator co_await().await_suspend(std::noop_coroutine());
    // Destroyed in flight: that cancels it.
  }
}

task<void> in_tasks(int times) {
  for (int i = 0; i < times / 1000; ++i) {
    scope naps;
    for (int j = 0; j < 1000; ++j) naps.spawn(nap());
    co_await yield();
    naps.request_stop();
    (void)co_await naps.join();
  }
}

task<void> measure(bool tasks) {
  scope sleepers;
  for (int i = 0; i < pending; ++i) sleepers.spawn(nap());
  co_await yield();
  const std::clock_t begin = std::clock();
  if (tasks) {
    co_await in_tasks(rounds);
  } else {
    alone(rounds);
  }
  const double took = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;  // of the processor
  std::printf("rate M/s more %.3f\n", rounds / took / 1e6);
  std::fflush(stdout);
  std::_Exit(0);  // a million tasks need not be taken apart
}

int main(int count, char**) { run(measure(count > 1)); }
