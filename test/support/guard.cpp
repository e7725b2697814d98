// SPDX-License-Identifier: MIT
#include "support/guard.hpp"

#include <signal.h>
#include <unistd.h>

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

}  // namespace

hang_guard::hang_guard(std::chrono::seconds limit) {
  const ::testing::TestInfo* const test = ::testing::UnitTest::GetInstance()->current_test_info();
  std::snprintf(hanging, sizeof hanging, "\nthis test hangs: %s.%s\n",
                test != nullptr ? test->test_suite_name() : "", test != nullptr ? test->name() : "");
  struct sigaction action{};
  action.sa_handler = &give_up;
  ::sigaction(SIGALRM, &action, nullptr);
  ::alarm(static_cast<unsigned>(limit.count()));
}

hang_guard::~hang_guard() {
  ::alarm(0);
  EXPECT_LT(std::chrono::steady_clock::now() - started_, soon) << "a wake-up was lost";
}

}  // namespace fairlead::testing
