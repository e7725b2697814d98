// SPDX-License-Identifier: MIT
// What a task costs: to spawn one and have it finish, to switch between two of them, to call one and await
// it. Prints lines "metric unit better value" for bench/support/pairs.sh.
#include <cstdio>
#include <ctime>

#include <fairlead/fairlead.hpp>

using namespace fairlead;

constexpr int times = 1'000'000;

class stopwatch {
 public:
  // Nanoseconds of processor time for each of `times`.
  void tell(const char* what) {
    const double took = static_cast<double>(std::clock() - begin_) / CLOCKS_PER_SEC;
    std::printf("%s ns less %.2f\n", what, took * 1e9 / times);
  }

 private:
  std::clock_t begin_ = std::clock();
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
