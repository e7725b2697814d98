// SPDX-License-Identifier: MIT
// What a coroutine of Asio costs: to spawn one and have it finish, to switch between two of them, to call
// one.
#include <asio.hpp>
#include <cstdio>
#include <ctime>

namespace {

constexpr int times = 1'000'000;
using executor = asio::io_context::executor_type;
constexpr asio::use_awaitable_t<executor> use_awaitable;

long counter = 0;

asio::awaitable<void, executor> nothing() {
  ++counter;
  co_return;
}
asio::awaitable<void, executor> take_turns(executor on, int turns) {
  for (int i = 0; i < turns; ++i) co_await asio::post(on, use_awaitable);
}
asio::awaitable<void, executor> call() {
  for (int i = 0; i < times; ++i) co_await nothing();
}

template <class F>
void measure(const char* what, asio::io_context& context, F f) {
  const std::clock_t begin = std::clock();
  f();
  context.restart();
  context.run();
  const double took = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  std::printf("%s ns less %.2f\n", what, took * 1e9 / times);
}

}  // namespace

int main() {
  asio::io_context context(1);
  measure("spawn-and-finish", context, [&] {
    for (int i = 0; i < times / 1000; ++i) {
      for (int j = 0; j < 1000; ++j) asio::co_spawn(context, nothing(), asio::detached);
      context.restart();
      context.run();
    }
  });
  measure("switch", context, [&] {
    asio::co_spawn(context, take_turns(context.get_executor(), times / 2), asio::detached);
    asio::co_spawn(context, take_turns(context.get_executor(), times / 2), asio::detached);
  });
  measure("call", context, [&] { asio::co_spawn(context, call(), asio::detached); });
  return counter == 2L * times ? 0 : 1;
}
