// SPDX-License-Identifier: MIT
// The floor: what the language's coroutines cost without any library. To make one, have it finish and destroy
// it (as a spawned task, or as a called one), and to switch into one and back out, which is two halves of a
// switch.
#include <coroutine>
#include <cstdio>
#include <ctime>
#include <exception>
#include <vector>

namespace {

constexpr int times = 1'000'000;

struct plain {
  struct promise_type {
    plain get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};

long counter = 0;

plain nothing() {
  ++counter;
  co_return;
}
plain take_turns() {
  for (;;) {
    ++counter;
    co_await std::suspend_always();
  }
}

void tell(const char* what, std::clock_t begin) {
  const double took = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  std::printf("%s ns less %.2f\n", what, took * 1e9 / times);
}

}  // namespace

int main() {
  auto begin = std::clock();
  std::vector<std::coroutine_handle<>> batch;
  for (int i = 0; i < times / 1000; ++i) {
    for (int j = 0; j < 1000; ++j) batch.push_back(nothing().handle);
    for (const auto h : batch) {
      h.resume();
      h.destroy();
    }
    batch.clear();
  }
  tell("spawn-and-finish", begin);

  const plain two[] = {take_turns(), take_turns()};
  begin = std::clock();
  for (int i = 0; i < times; ++i) two[i % 2].handle.resume();
  tell("switch", begin);
  for (const plain& p : two) p.handle.destroy();

  begin = std::clock();
  for (int i = 0; i < times; ++i) {
    const plain p = nothing();
    p.handle.resume();
    p.handle.destroy();
  }
  tell("call", begin);
  return counter == 3L * times ? 0 : 1;
}
