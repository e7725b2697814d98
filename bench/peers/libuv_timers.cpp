// SPDX-License-Identifier: MIT
// Schedules and cancels a uv_timer while a million others are pending, on libuv.
#include <uv.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
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
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < rounds; ++i) {
    uv_timer_start(&one, [](uv_timer_t*) {}, later(), 0);
    uv_timer_stop(&one);
  }
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
  std::printf("rate M/s more %.3f\n", rounds / took.count());
  std::fflush(stdout);
  std::_Exit(0);
}
