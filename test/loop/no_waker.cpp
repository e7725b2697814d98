// SPDX-License-Identifier: MIT
// A thread that blocks is woken through a descriptor of its own. When the process has none left, it must
// still notice that it was asked to stop.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include <fairlead/tcp.hpp>
#include <fairlead/timer.hpp>

#include "support/child.hpp"

namespace {

using namespace fairlead;
using fairlead::testing::run_in_child;
using fairlead::testing::sanitized;

// The state of the main thread, as the letter in /proc/PID/stat (proc(5)).
char state_of(int stat) {
  char text[512] = {};
  const ssize_t n = ::pread(stat, text, sizeof text - 1, 0);
  const char* const after_name = n > 0 ? std::strrchr(text, ')') : nullptr;
  return after_name != nullptr ? after_name[2] : '?';
}

// In a process of its own, where no earlier test has left a waker behind: no descriptor can be made any more.
int stopped_without_descriptors(bool sleeping) {
  auto ends = tcp_stream::pair();
  const int stat = ::open(("/proc/self/task/" + std::to_string(::getpid()) + "/stat").c_str(), O_RDONLY);
  const int free_number = ::dup(0);
  const rlimit none{static_cast<rlim_t>(free_number), static_cast<rlim_t>(free_number)};
  if (!ends || stat < 0 || free_number < 0 || ::close(free_number) != 0 ||
      ::setrlimit(RLIMIT_NOFILE, &none) != 0)
    return 2;
  std::stop_source stop;
  const std::jthread stopper([&] {
    while (state_of(stat) != 'S') std::this_thread::yield();
    stop.request_stop();
  });
  if (sleeping) {
    const auto slept = sleep_for(std::chrono::hours(1)).stop_on(stop.get_token()).wait();
    return !slept && slept.error() == errc::operation_canceled ? 0 : 1;
  }
  char buffer[1];
  const auto received = ends->first.recv(buffer).stop_on(stop.get_token()).wait();
  return !received && received.error() == errc::operation_canceled ? 0 : 1;
}

TEST(BlockingWait, NoticesAStopWhenNoDescriptorIsLeftToWakeItWith) {
  for (const bool sleeping : {false, true}) {
    const auto ended = run_in_child([sleeping] { return stopped_without_descriptors(sleeping); });
    EXPECT_FALSE(ended.hung);
    EXPECT_EQ(ended.status, 0) << ended.errors;
  }
}

}  // namespace
