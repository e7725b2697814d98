// SPDX-License-Identifier: MIT
// Looks up the addresses of names, IPv4 and IPv6, with getaddrinfo(3) on eight threads: what a program does
// that wants many answers at a time from the C library. Usage: bench-peer-getaddrinfo ROUNDS
#include <netdb.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

constexpr int at_once = 1000;
constexpr int threads = 8;

// Every name once in each round, by whichever thread is free.
bool look_up_all(int rounds) {
  std::atomic<int> next{0};
  std::atomic<int> failed{0};
  std::vector<std::jthread> all;
  for (int t = 0; t < threads; ++t) {
    all.emplace_back([&] {
      for (;;) {
        const int n = next++;
        if (n >= rounds * at_once) return;
        const std::string name = "n" + std::to_string(n % at_once) + ".test.";
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* found = nullptr;
        const int status = ::getaddrinfo(name.c_str(), nullptr, &hints, &found);
        if (status != 0 || found == nullptr || found->ai_next == nullptr) ++failed;
        if (status == 0) ::freeaddrinfo(found);
      }
    });
  }
  all.clear();
  if (failed > 0) std::fprintf(stderr, "%d look-ups failed\n", failed.load());
  return failed == 0;
}

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 10;
  if (!look_up_all(1)) return 1;
  const auto begin = std::chrono::steady_clock::now();
  const std::clock_t used = std::clock();
  if (!look_up_all(rounds)) return 1;
  const double count = double{at_once} * rounds;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("rate 1/s more %.0f\n", count / took.count());
  std::printf("processor us/lookup less %.2f\n",
              static_cast<double>(std::clock() - used) / CLOCKS_PER_SEC / count * 1e6);
}
