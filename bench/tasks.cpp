// SPDX-License-Identifier: MIT
// What a task costs: to spawn one and have it finish, to switch between two of them, to call one and await
// it. Prints lines "metric unit better value" for bench/support/pairs.sh.
#include <cstdio>

#include <fairlead/fairlead.hpp>

using namespace fairlead;

constexpr int times = 1'000'000;

class stopwatch {
 public:
  // Nanoseconds for each of `times`.
  void tell(const char* what) {
    const std::chrono::duration<double, std::nano> took = clock::now() - begin_;
    std::printf("%s ns less %.2f\n", what, took.count() / times);
  }

 private:
  time_point begin_ = clock::now();
};

long counter = 0;

task<void> nothing() {
  ++counter;
  co_return;
}

task<void> take_turns(int turns) {
  for (int i = 0; i < turns; ++i) co_await yield();
}

task<void> measure() {
  {
    stopwatch watch;
    for (int i = 0; i < times / 1000; ++i) {
      scope all;
      for (int j = 0; j < 1000; ++j) all.spawn(nothing());
      (void)co_await all.join();
    }
    watch.tell("spawn-and-finish");
  }
  {
    stopwatch watch;
    scope two;
    two.spawn(take_turns(times / 2));
    two.spawn(take_turns(times / 2));
    (void)co_await two.join();
    watch.tell("switch");
  }
  {
    stopwatch watch;
    for (int i = 0; i < times; ++i) co_await nothing();
    watch.tell("call");
  }
}

int main() {
  run(measure());
  return counter == 2L * times ? 0 : 1;
}
