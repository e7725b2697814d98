// SPDX-License-Identifier: MIT
#include <fairlead/process.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>

#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/signal.hpp>

#include "stream/everything.hpp"
#include "stream/exhaustion.hpp"
#include "stream/ways.hpp"
#include "support/child.hpp"
#include "support/descriptors.hpp"
#include "support/seccomp.hpp"
#include "support/temp_dir.hpp"

namespace fairlead::testing {
namespace {

using namespace std::chrono_literals;

class Process : public every_way {};
FAIRLEAD_IN_EVERY_WAY(Process);

struct conversation {
  std::string output;
  exit_status status;
};

task<result<void>> feed(process& p, std::string_view input) {
  co_await or_return(p.stream().send(input));
  co_await or_return(p.stream().shutdown());
  co_return {};
}

// Gives it all the input and takes all its output, at once, and waits for its end.
task<result<conversation>> converse(command what, std::string input) {
  process p = co_await or_return(process::start(what));
  scope both;
  if (what.input == stdio::pipe) both.spawn(feed(p, input));
  conversation c;
  c.output = co_await or_return(read_everything(p.stream().reader()));
  const result<void> fed = co_await both.join();
  if (!fed) co_return std::unexpected(fed.error());
  c.status = co_await or_return(p.wait().within(soon));
  co_return c;
}

conversation shell(const std::string& line, const std::string& input = {}) {
  return value_of(converse(command::shell(line), input).wait());
}

bool has_children() {
  siginfo_t how{};
  return ::waitid(P_ALL, 0, &how, WEXITED | WNOHANG | WNOWAIT) == 0;
}

TEST_P(Process, EchoesMegabytesBothWaysWithoutDeadlock) {
  std::string input;
  for (int i = 0; input.size() < 3'000'000; ++i) input += std::to_string(i) + '\n';
  const conversation c = value_of(run(converse(command::program("cat"), input)));
  EXPECT_TRUE(c.output == input);
  EXPECT_TRUE(c.status.ok());
}

TEST_P(Process, GivesItsExitStatus) {
  const conversation c = value_of(run(converse(command::shell("echo bye; exit 3"), {})));
  EXPECT_EQ(c.output, "bye\n");
  EXPECT_EQ(c.status, exit_status::exited(3));
  EXPECT_EQ(c.status.number(), 3);
  EXPECT_EQ(c.status.to_string(), "exit status 3");
}

TEST_P(Process, GivesTheSignalThatEndedIt) {
  const auto story = []() -> task<result<exit_status>> {
    process p = co_await or_return(process::start(command::program("cat")));
    co_await or_return(p.terminate());
    co_return co_await p.wait().within(soon);
  };
  const exit_status s = value_of(run(story()));
  EXPECT_EQ(s, exit_status::killed(SIGTERM));
  EXPECT_EQ(s.number(), 128 + SIGTERM);
  EXPECT_EQ(s.to_string(), "killed by SIGTERM");
  EXPECT_FALSE(s.ok());
}

TEST_P(Process, GivesItsStatusAgainAndAgain) {
  const auto story = []() -> task<result<exit_status>> {
    process p = co_await or_return(process::start(command::shell("exit 7")));
    (void)co_await or_return(p.wait());
    (void)co_await or_return(p.wait());
    const auto late = p.terminate();
    EXPECT_EQ(late.error(), errc::no_such_process);
    EXPECT_EQ(late.error().message(), "send SIGTERM: no such process");
    co_return p.wait().now();
  };
  EXPECT_EQ(value_of(run(story())), exit_status::exited(7));
}

TEST_P(Process, IsNotWaitedForLongerThanAsked) {
  const auto story = []() -> task<result<exit_status>> {
    process p = co_await or_return(process::start(command::program("cat")));
    EXPECT_EQ(p.wait().now().error(), errc::operation_would_block);
    const auto early = co_await p.wait().within(2ms);
    EXPECT_EQ(early.error().message(), "wait cat: timed out");
    co_await or_return(p.stream().shutdown());
    co_return co_await p.wait().within(soon);
  };
  EXPECT_TRUE(value_of(run(story())).ok());
}

TEST_P(Process, ThatCannotBeStartedSaysWhy) {
  const auto start = [](command c) -> task<result<int>> {
    process p = co_await or_return(process::start(c));
    co_return p.id();
  };
  const auto missing = run(start(command::program("no-such-program-here")));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error(), errc::no_such_file_or_directory);
  EXPECT_EQ(missing.error().message(), "spawn no-such-program-here: no such program in PATH");
  EXPECT_EQ(run(start(command::program("/etc/passwd"))).error(), errc::permission_denied);
  EXPECT_EQ(run(start(command::program("/no/such/program"))).error().message(),
            "spawn /no/such/program: no such file or directory");
  EXPECT_EQ(run(start(command{})).error(), errc::invalid_argument);
  EXPECT_EQ(run(start(command::program(""))).error(), errc::invalid_argument);
  EXPECT_EQ(run(start(command::program("echo", std::string("a\0b", 3)))).error(), errc::invalid_argument);
  command odd = command::program("cat");
  odd.environment.emplace_back("A=B", "C");
  EXPECT_EQ(run(start(odd)).error(), errc::invalid_argument);
  command lost = command::program("cat");
  lost.directory = "/no/such/directory";
  EXPECT_EQ(run(start(lost)).error(), errc::no_such_file_or_directory);
}

TEST_P(Process, WritingToOneThatDoesNotReadIsBrokenPipe) {
  const auto story = []() -> task<result<exit_status>> {
    process p = co_await or_return(process::start(command::program("true")));
    const exit_status s = co_await or_return(p.wait().within(soon));
    const auto sent = co_await p.stream().send("anybody?");
    EXPECT_EQ(sent.error(), errc::broken_pipe);
    EXPECT_EQ(sent.error().message(), "write standard input of true: broken pipe");
    co_return s;
  };
  EXPECT_TRUE(value_of(run(story())).ok());
}

TEST(ProcessEnvironment, IsOursWithTheAdditions) {
  ::setenv("FAIRLEAD_TEST_KEPT", "kept", 1);
  ::setenv("FAIRLEAD_TEST_REPLACED", "old", 1);
  command c = command::shell("echo $FAIRLEAD_TEST_KEPT $FAIRLEAD_TEST_REPLACED $FAIRLEAD_TEST_NEW; env");
  c.environment = {
      {"FAIRLEAD_TEST_REPLACED", "first"}, {"FAIRLEAD_TEST_REPLACED", "new"}, {"FAIRLEAD_TEST_NEW", "a=b c"}};
  const conversation said = value_of(converse(c, {}).wait());
  EXPECT_EQ(said.output.substr(0, said.output.find('\n')), "kept new a=b c");
  EXPECT_EQ(said.output.find("REPLACED=old"), std::string::npos);
  EXPECT_EQ(said.output.find("REPLACED=first"), std::string::npos);
  ::unsetenv("FAIRLEAD_TEST_KEPT");
  ::unsetenv("FAIRLEAD_TEST_REPLACED");
}

TEST(ProcessEnvironment, HasTheDirectoryThatWasAskedFor) {
  const temp_dir dir;
  command c = command::program("pwd", "-P");
  c.directory = dir.path().string();
  EXPECT_EQ(value_of(converse(c, {}).wait()).output, std::filesystem::canonical(dir.path()).string() + "\n");
}

TEST(ProcessStreams, AreNothingOrOursWhereThatWasAsked) {
  command c = command::shell("cat; echo loud; echo hidden >&2");
  c.input = stdio::null;
  c.errors = stdio::null;
  EXPECT_EQ(value_of(converse(c, {}).wait()).output, "loud\n");
  c.output = stdio::null;
  EXPECT_EQ(value_of(process::start(c)).stream().recv(std::span<char>()).now().error(),
            errc::bad_file_descriptor);
  const child_outcome inherited = run_in_child([] {
    command say = command::shell("echo out; echo err >&2");
    say.input = say.output = stdio::inherit;
    return value_of(value_of(process::start(say)).wait().within(soon).wait()).number();
  });
  EXPECT_EQ(inherited.status, 0);
  EXPECT_EQ(inherited.output, "out\n");
  EXPECT_EQ(inherited.errors, "err\n");
}

TEST(ProcessStreams, IncludeItsErrors) {
  command c = command::shell("echo oops >&2");
  c.errors = stdio::pipe;
  process p = value_of(process::start(c));
  EXPECT_EQ(value_of(read_everything(p.errors()).wait()), "oops\n");
  EXPECT_TRUE(value_of(p.wait().within(soon).wait()).ok());
}

TEST(ProcessStreams, BlockForTheChildAsProgramsExpect) {
  // `dd` says EAGAIN and fails if its input does not block.
  EXPECT_EQ(shell("sleep 0.01; dd bs=1 count=4 2>/dev/null", "abcdef").output, "abcd");
}

TEST(ProcessStreams, WorkEvenIfOursAreClosed) {
  const child_outcome child = run_in_child([] {
    ::close(0);
    ::close(1);  // so that the pipes would get these numbers
    const conversation c = value_of(converse(command::program("cat"), "through").wait());
    return c.output == "through" && c.status.ok() ? 0 : 1;
  });
  EXPECT_EQ(child.status, 0) << child.errors;
}

TEST(ProcessDescriptors, OfOursAreNotInherited) {
  const int leaked = ::open("/dev/null", O_RDONLY);  // without close-on-exec, as careless libraries do
  ASSERT_GE(leaked, 0);
  const conversation c = shell("ls /proc/self/fd | wc -l");
  ::close(leaked);
  EXPECT_EQ(c.output, "4\n");  // the standard streams, and the directory that is being listed
}

TEST(ProcessDescriptors, AreAllClosedAtTheEnd) {
  (void)shell("exit 0");  // makes what a thread makes once
  const auto before = open_descriptors();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(shell("cat", "x").output, "x");
    EXPECT_FALSE(process::start(command::program("no-such-program-here")));
    const process abandoned = value_of(process::start(command::program("cat")));
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(ProcessSignals, AreAsAProgramExpectsThem) {
  const child_outcome child = run_in_child([] {
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ, SIG_IGN);
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    const std::string said = shell("grep -E '^Sig(Blk|Ign)' /proc/self/status").output;
    std::printf("%s", said.c_str());
    const std::size_t ignored = said.find("SigIgn:\t");
    if (!said.starts_with("SigBlk:\t0000000000000000\n") || ignored == std::string::npos) return 1;
    const auto mask = std::stoull(said.substr(ignored + 8), nullptr, 16);
    return (mask >> (SIGPIPE - 1) & 1U) == 0 && (mask >> (SIGXFSZ - 1) & 1U) == 0 ? 0 : 2;
  });
  EXPECT_EQ(child.status, 0) << child.output << child.errors;
}

TEST(ProcessSignals, ReachTheWholeGroupIfItHasOne) {
  // The shell waits for a child of its own, which keeps the output open: only if both die does it end.
  command c = command::shell("cat /dev/zero >/dev/null & echo started; wait");
  c.own_group = true;
  process p = value_of(process::start(c));
  std::array<char, 8> line{};
  EXPECT_EQ(value_of(p.stream().recv(line).within(soon).wait()), line.size());
  EXPECT_TRUE(p.terminate());
  EXPECT_EQ(value_of(read_everything(p.stream().reader()).within(soon).wait()), "");
  EXPECT_EQ(value_of(p.wait().within(soon).wait()), exit_status::killed(SIGTERM));
}

TEST(ProcessLifetime, EndsWithTheObject) {
  int id = 0;
  {
    const process p = value_of(process::start(command::program("cat")));
    id = p.id();
    EXPECT_EQ(::kill(id, 0), 0);
  }
  EXPECT_EQ(::kill(id, 0), -1) << "neither the process nor a zombie is left";
  EXPECT_FALSE(has_children());
}

TEST(ProcessLifetime, LeavesNoZombieWhenItEndedUnwatched) {
  {
    process p = value_of(process::start(command::program("true")));
    EXPECT_EQ(value_of(read_everything(p.stream().reader()).wait()), "");
  }
  EXPECT_FALSE(has_children());
}

TEST(ProcessLifetime, MovesWithTheObject) {
  process a = value_of(process::start(command::program("cat")));
  process b(std::move(a));
  EXPECT_EQ(a.id(), -1);  // NOLINT: what a moved-from process says
  EXPECT_EQ(a.wait().now().error(), errc::bad_file_descriptor);
  EXPECT_EQ(a.kill().error(), errc::no_such_process);
  a = std::move(b);
  EXPECT_TRUE(a.kill());
  EXPECT_EQ(value_of(a.wait().within(soon).wait()), exit_status::killed(SIGKILL));
}

TEST(ProcessLifetime, IsToldEvenIfSomebodyElseTookTheStatus) {
  process p = value_of(process::start(command::program("true")));
  int status = 0;
  ASSERT_EQ(::waitpid(p.id(), &status, 0), p.id());
  EXPECT_EQ(p.wait().within(soon).wait().error().message(), "wait true: no child processes");
}

TEST_P(Process, NeedsNoPidfd) {
  const way how = GetParam();
  const child_outcome child = run_in_child([how] {
    const std::array<long, 1> denied{SYS_pidfd_open};
    if (!deny_system_calls(denied, ENOSYS)) return 77;
    const auto story = []() -> task<result<exit_status>> {
      process p = co_await or_return(process::start(command::program("cat")));
      EXPECT_EQ(p.wait().now().error(), errc::operation_would_block);
      EXPECT_EQ((co_await p.wait().within(2ms)).error(), errc::timed_out);
      co_await or_return(p.terminate());
      co_return co_await p.wait().within(soon);
    };
    const auto r = how.blocks() ? story().wait() : run_on(how.on, story());
    if (!r || *r != exit_status::killed(SIGTERM)) return 1;
    const process abandoned = value_of(process::start(command::program("cat")));
    return ::testing::Test::HasFailure() ? 2 : 0;
  });
  if (child.status == 77) GTEST_SKIP() << "no seccomp here";
  EXPECT_EQ(child.status, 0) << child.errors << child.output;
}

TEST(ProcessLifetime, DoesNotBeginWithoutDescriptors) {
  const no_descriptors_left none;
  EXPECT_EQ(process::start(command::program("cat")).error().message(), "spawn cat: too many open files");
  command c = command::shell("while :; do :; done");  // would run for ever
  c.input = c.output = stdio::inherit;                // needs no pipes, but something to be watched by
  c.name = "an endless loop";
  EXPECT_EQ(process::start(c).error().message(), "spawn an endless loop: too many open files");
  EXPECT_FALSE(has_children());
}

TEST(ProcessSignals, ThatDoNotExistAreErrors) {
  process p = value_of(process::start(command::program("cat")));
  EXPECT_EQ(p.send_signal(999).error().message(), "send signal 999 to cat: invalid argument");
}

}  // namespace
}  // namespace fairlead::testing
