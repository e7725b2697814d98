// SPDX-License-Identifier: MIT
// Schedules and cancels a steady_timer while a million others are pending, on Asio. The handlers of cancelled
// timers run in batches, as they do when a loop turns.
#include <asio.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <random>

int main() {
  constexpr int pending = 1'000'000;
  constexpr int rounds = 2'000'000;
  std::minstd_rand random(7);
  const auto later = [&] { return std::chrono::milliseconds(1000 + random() % 3'600'000); };
  asio::io_context context(1);
  using timer =
      asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                                 asio::io_context::executor_type>;
  std::deque<timer> timers;
  for (int i = 0; i < pending; ++i) timers.emplace_back(context, later()).async_wait([](asio::error_code) {});

  timer one(context);
  long cancelled = 0;
  const std::clock_t begin = std::clock();
  for (int i = 0; i < rounds; ++i) {
    one.expires_after(later());
    one.async_wait([&](asio::error_code e) { cancelled += e == asio::error::operation_aborted; });
    one.cancel();
    if (i % 1000 == 999) context.poll();
  }
  context.poll();
  const double took = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  if (cancelled != rounds) return std::fputs("not all were cancelled\n", stderr), 1;
  std::printf("rate M/s more %.3f\n", rounds / took / 1e6);
  std::fflush(stdout);
  std::_Exit(0);
}
