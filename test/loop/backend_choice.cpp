// SPDX-License-Identifier: MIT
// Which backend runs: by the program's choice, by FAIRLEAD_BACKEND, and where io_uring is forbidden.
#include <fairlead/loop.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/tcp.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "support/backends.hpp"
#include "support/child.hpp"
#include "support/seccomp.hpp"

namespace {

using namespace fairlead;
using namespace fairlead::testing;

task<result<std::string>> echo_once() {
  auto pair = co_await or_return(tcp_stream::pair());
  std::array<char, 5> buffer;
  co_await or_return(pair.first.send("hello"));
  co_await or_return(pair.second.recv_exactly(buffer));
  co_await or_return(pair.second.send(std::string_view(buffer.data(), buffer.size())));
  co_await or_return(pair.first.recv_exactly(buffer));
  co_return std::string(buffer.data(), buffer.size());
}

// Says in a child process, which starts afresh, what a loop made with `wanted` is.
std::string chosen(backend wanted, const char* variable, bool forbidden) {
  const child_outcome o = run_in_child([&] {
    if (variable != nullptr) {
      ::setenv("FAIRLEAD_BACKEND", variable, 1);
    } else {
      ::unsetenv("FAIRLEAD_BACKEND");
    }
    if (forbidden && !deny_io_uring()) {
      std::puts("no seccomp");
      std::fflush(stdout);
      return 0;
    }
    result<loop> l = loop::create({wanted});
    if (!l) {
      std::puts(l.error().message().c_str());
    } else {
      const result<std::string> heard = l->run(echo_once());
      std::puts(heard && *heard == "hello" ? std::string(to_string(l->backend())).c_str() : "no echo");
    }
    std::fflush(stdout);
    return 0;
  });
  return o.output.substr(0, o.output.find('\n'));
}

TEST(BackendChoice, AForcedBackendIsTheOneThatRuns) {
  for (const backend b : backends_here()) EXPECT_EQ(chosen(b, nullptr, false), to_string(b));
}

TEST(BackendChoice, TheEnvironmentDecidesWhatTheProgramLeavesOpen) {
  for (const backend b : backends_here()) {
    EXPECT_EQ(chosen(backend::automatic, std::string(to_string(b)).c_str(), false), to_string(b));
  }
}

TEST(BackendChoice, TheProgramsOwnChoiceGoesBeforeTheEnvironment) {
  if (!available(backend::io_uring)) GTEST_SKIP() << "io_uring is not permitted here";
  EXPECT_EQ(chosen(backend::epoll, "io_uring", false), "epoll");
}

TEST(BackendChoice, AnEmptyVariableIsNone) {
  const std::string_view usual = available(backend::io_uring) ? "io_uring" : "epoll";
  EXPECT_EQ(chosen(backend::automatic, "", false), usual);
  EXPECT_EQ(chosen(backend::automatic, nullptr, false), usual);
}

TEST(BackendChoice, AMisspeltVariableIsAnErrorThatNamesTheChoices) {
  EXPECT_EQ(chosen(backend::automatic, "iouring", false),
            "FAIRLEAD_BACKEND=iouring: unknown backend; use epoll, io_uring or automatic");
}

TEST(BackendChoice, WhereIoUringIsForbiddenEpollRunsAndNobodyNeedsToKnow) {
  const std::string got = chosen(backend::automatic, nullptr, true);
  if (got == "no seccomp") GTEST_SKIP() << "no seccomp filters here";
  EXPECT_EQ(got, "epoll");
}

TEST(BackendChoice, ForcedWhereItIsForbiddenIoUringSaysSoInOneSentence) {
  const std::string got = chosen(backend::io_uring, nullptr, true);
  if (got == "no seccomp") GTEST_SKIP() << "no seccomp filters here";
  EXPECT_EQ(got,
            "open io_uring: not permitted here (a container's seccomp profile or kernel.io_uring_disabled); "
            "use epoll");
}

TEST(BackendChoice, TellsWhatIsAvailable) {
  EXPECT_TRUE(available(backend::automatic));
  EXPECT_TRUE(available(backend::epoll));
}

}  // namespace
