// SPDX-License-Identifier: MIT
// Looks up the addresses of names, IPv4 and IPv6, a thousand at once.
// Usage: bench-lookups ROUNDS [keep]     asks 127.0.0.1:53 about n0.test to n999.test in each round; with
// "keep" only in the first one, as a resolver does by default. Prints lines "metric unit better value" for
// bench/support/pairs.sh.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

#include <fairlead/fairlead.hpp>

using namespace fairlead;

constexpr int at_once = 1000;

task<result<void>> look_up(const resolver& by, int n) {
  const auto found = co_await or_return(by.addresses("n" + std::to_string(n) + ".test."));
  if (found.records.size() != 2) co_return failure(errc::protocol_error);
  co_return {};
}

task<result<void>> look_up_all(const resolver& by, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    scope all;
    for (int n = 0; n < at_once; ++n) all.spawn(look_up(by, n));
    result<void> ended = co_await all.join();
    co_await or_return(std::move(ended));
  }
  co_return {};
}

task<result<void>> measure(int rounds, bool keep) {
  resolver_options options;
  options.servers = {{ipv4_address::loopback(), 53}};
  options.cache_entries = keep ? 2 * at_once : 0;  // for both families
  const resolver by = co_await or_return(resolver::create(options));
  co_await or_return(look_up_all(by, 1));
  const auto begin = std::chrono::steady_clock::now();
  const std::clock_t used = std::clock();
  co_await or_return(look_up_all(by, rounds));
  const double count = double{at_once} * rounds;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("rate 1/s more %.0f\n", count / took.count());
  std::printf("processor us/lookup less %.2f\n",
              static_cast<double>(std::clock() - used) / CLOCKS_PER_SEC / count * 1e6);
  co_return {};
}

int main(int argc, char** argv) {
  const result<void> outcome = run(measure(argc > 1 ? std::atoi(argv[1]) : 10, argc > 2));
  if (outcome) return 0;
  std::fprintf(stderr, "%s\n", outcome.error().message().c_str());
  return 1;
}
