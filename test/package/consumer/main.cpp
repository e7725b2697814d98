// SPDX-License-Identifier: MIT
// What somebody who installed fairlead may write: something that lives in the library, something that lives
// in headers only, and a loop that is long enough to overflow the stack where a compiler leaves out tail
// calls (this program is built without optimization).
#include <cstdio>

#include <fairlead/fairlead.hpp>

using namespace fairlead;

task<int> one() { co_return 1; }

task<result<int>> count(int times) {
  int sum = 0;
  for (int i = 0; i < times; ++i) sum += co_await one();
  co_return sum;
}

int main() {
  const auto refused = error::about(errc::connection_refused, verb::connect, "tcp://[::1]:9");
  const auto sum = run(count(1'000'000));
  if (!sum) {
    std::printf("%s\n", sum.error().message().c_str());
    return 1;
  }
  std::printf("%s: %d; %s\n", FAIRLEAD_VERSION, *sum, refused.message().c_str());
  return *sum == 1'000'000 && refused.message() == "connect tcp://[::1]:9: connection refused" ? 0 : 1;
}
