// SPDX-License-Identifier: MIT
// Schedules and cancels a uv_timer while a million others are pending, on libuv.
#include <uv.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <vector>

int main() {
  constexpr int pending = 1'000'000;
  constexpr int rounds = 2'000'000;
  std::minstd_rand random(7);
  const auto later = [&] { return 1000 + random() % 3'600'000; };
  uv_loop_t* const loop = uv_default_loop();
  std::vector<uv_timer_t> timers(pending);
  for (uv_timer_t& t : timers) {
    uv_timer_init(loop, &t);
    uv_timer_start(&t, [](uv_timer_t*) {}, later(), 0);
  }
  uv_timer_t one;
  uv_timer_init(loop, &one);
  const std::clock_t begin = std::clock();
  for (int i = 0; i < rounds; ++i) {
    uv_timer_start(&one, [](uv_timer_t*) {}, later(), 0);
    uv_timer_stop(&one);
  }
  const double took = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  std::printf("rate M/s more %.3f\n", rounds / took / 1e6);
  std::fflush(stdout);
  std::_Exit(0);
}
