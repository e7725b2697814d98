// SPDX-License-Identifier: MIT
#include "support/guard.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace fairlead::testing {

namespace {

char hanging[256];

// Only what a signal handler may call.
extern "C" void give_up(int) {
  (void)!::write(STDERR_FILENO, hanging, std::strlen(hanging));
  std::abort();
}

std::chrono::steady_clock::duration used_by(int whom) {
  rusage used{};
  ::getrusage(whom, &used);
  return std::chrono::seconds(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         std::chrono::microseconds(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

// What we and the programs that have ended have worked. Who works does not wait for what was lost, and a
// machine that is slow or busy makes the work longer.
std::chrono::steady_clock::duration worked() { return used_by(RUSAGE_SELF) + used_by(RUSAGE_CHILDREN); }
std::chrono::steady_clock::duration worked_before;  // there is one guard at a time

}  // namespace

hang_guard::hang_guard(std::chrono::seconds limit, std::chrono::seconds expected) : expected_(expected) {
  const ::testing::TestInfo* const test = ::testing::UnitTest::GetInstance()->current_test_info();
  std::snprintf(hanging, sizeof hanging, "\nthis test hangs: %s.%s\n",
                test != nullptr ? test->test_suite_name() : "", test != nullptr ? test->name() : "");
  struct sigaction action{};
  action.sa_handler = &give_up;
  ::sigaction(SIGALRM, &action, nullptr);
  ::alarm(static_cast<unsigned>(limit.count()));
  worked_before = worked();
}

hang_guard::~hang_guard() {
  ::alarm(0);
  const auto took = std::chrono::steady_clock::now() - started_;
  EXPECT_LT(took - (worked() - worked_before), expected_) << "a wake-up was lost";
}

}  // namespace fairlead::testing
