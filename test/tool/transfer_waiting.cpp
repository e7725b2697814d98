// SPDX-License-Identifier: MIT
// How long who waits, and that nobody waits in vain.
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <fairlead/loop.hpp>

#include "support/seccomp.hpp"
#include "support/temp_dir.hpp"
#include "tool/tool.hpp"
#include "transfer/background.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;
using namespace std::chrono_literals;

class TransferWaiting : public guarded<::testing::Test> {};

// Who is at work says so every second: a healthy peer could be given up.
TEST_F(TransferWaiting, LessThanThreeSecondsIsNoPatience) {
  const temp_dir dir;
  const std::string file = dir.write("file", "content");
  const std::string at = "unix:" + (dir / "s").string();
  for (const auto& words :
       {std::vector<std::string>{"send", file, at}, {"receive", at, dir.path().string()}}) {
    std::vector<std::string> hasty = words;
    hasty.insert(hasty.end(), {"--idle", "2999ms"});
    const auto o = fairlead_tool(hasty);
    EXPECT_EQ(o.status, 2);
    EXPECT_EQ(o.errors,
              "fairlead: --idle 3.00 s: a peer at work says so every second; give it 3s at least\n");
  }
}

// What must be on the disk gets there all the same, and the peer hears of it.
TEST_F(TransferWaiting, WorkThatGetsNoThreadIsDoneAtOnce) {
  const child_outcome o = run_in_child([] {
    auto l = fairlead::loop::create();
    static constexpr std::array<long, 2> calls = {SYS_clone, SYS_clone3};
    if (!l || !deny_system_calls(calls, EAGAIN)) return 99;
    const auto here = std::this_thread::get_id();
    bool done_here = false;
    tool::transfer::background work(*l, [&]() -> fairlead::result<void> {
      done_here = std::this_thread::get_id() == here;
      return fairlead::failure(fairlead::errc::io_error);
    });
    const auto waited = l->run(work.done_within(1h));
    const auto ended = work.outcome();
    const bool fine = waited && *waited && done_here && !ended && ended.error() == fairlead::errc::io_error;
    return fine ? 0 : 1;
  });
  if (o.status == 99) GTEST_SKIP() << "no seccomp on this machine";
  EXPECT_EQ(o.status, 0) << o.errors;
}

}  // namespace
