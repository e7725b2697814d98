// SPDX-License-Identifier: MIT
// The main job in one command: what the demo shows, and that it cannot claim what did not happen.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include <gtest/gtest.h>

#include <fairlead/tcp.hpp>

#include "support/backends.hpp"
#include "support/seccomp.hpp"
#include "support/temp_dir.hpp"
#include "tool/tool.hpp"

namespace {

using namespace fairlead::testing;
using namespace tool_test;

constexpr const char* transports[] = {"TCP over IPv4", "TCP over IPv6", "TLS over TCP",  "UDP over IPv4",
                                      "Unix stream",   "Unix datagram", "Unix seqpacket"};

bool has_ipv6() {
  return fairlead::tcp_listener::listen({fairlead::ipv6_address::loopback(), fairlead::port(0)}).has_value();
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

program_options with(const std::string& name, const std::string& value) {
  program_options o;
  o.environment = {{name, value}};
  return o;
}

TEST(Demo, ShowsEveryTransportByEveryWayOfWaitingOnEveryBackend) {
  const auto start = std::chrono::steady_clock::now();
  const child_outcome o = fairlead_tool({"demo"}, with("FAIRLEAD_BACKEND", "automatic"));
  const auto took = std::chrono::steady_clock::now() - start;
  ASSERT_EQ(o.status, 0) << o.errors;
  EXPECT_EQ(o.errors, "");
  if (!sanitized) {
    EXPECT_LT(took, std::chrono::seconds(15));
  }
  const std::size_t backends = backends_here().size();
  const std::size_t shown = has_ipv6() ? std::size(transports) : std::size(transports) - 1;
  for (const std::string t : transports) {
    EXPECT_EQ(count_of(o.output, " " + t + " "), t == "TCP over IPv6" && !has_ipv6() ? 0 : backends)
        << o.output;
  }
  for (const std::string way : {" blocking ", " non-blocking ", " coroutine "}) {
    const std::size_t without = way == " non-blocking " ? 1 : 0;  // TLS has no .now()
    EXPECT_EQ(count_of(o.output, way), backends * (shown - without)) << o.output;
  }
  EXPECT_EQ(count_of(o.output, "✓"), backends * (shown * 3 - 1));
  EXPECT_EQ(count_of(o.output, "Names: localhost is ::1 and 127.0.0.1 ("), 1U) << o.output;
  EXPECT_EQ(count_of(o.output, "✗"), 0U);
}

// One run on epoll alone, for all who only look at it.
class DemoOnEpoll : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const temp_dir dir;
    program_options o = with("FAIRLEAD_BACKEND", "epoll");
    o.environment.emplace_back("TMPDIR", dir.path().string());
    outcome = fairlead_tool({"demo"}, o);
    left_behind = !std::filesystem::is_empty(dir.path());
  }
  static inline child_outcome outcome;
  static inline bool left_behind = true;
};

TEST_F(DemoOnEpoll, FitsOnAScreenOf80ColumnsAndHasNoColourInAPipe) {
  ASSERT_EQ(outcome.status, 0) << outcome.errors;
  EXPECT_EQ(outcome.output.find('\033'), std::string::npos);
  for (const std::string& line : lines_of(outcome.output)) {
    if (line.find(FAIRLEAD_TOOL) != std::string::npos) continue;  // as long as the path it was called by
    EXPECT_LE(columns_of(line), 80U) << line;
  }
}

TEST_F(DemoOnEpoll, EndsBySayingWhatToTypeNext) {
  const std::vector<std::string> lines = lines_of(outcome.output);
  ASSERT_GE(lines.size(), 3U);
  EXPECT_EQ(lines[lines.size() - 3], "Now in two terminals:");
  EXPECT_EQ(lines[lines.size() - 2], "  " FAIRLEAD_TOOL " listen tcp://127.0.0.1:7007 --echo");
  EXPECT_EQ(lines[lines.size() - 1], "  " FAIRLEAD_TOOL " connect tcp://127.0.0.1:7007");
}

TEST_F(DemoOnEpoll, LeavesTheOtherBackendOut) {
  EXPECT_EQ(count_of(outcome.output, "backend epoll"), 1U);
  EXPECT_EQ(count_of(outcome.output, "backend io_uring"), 0U);
}

TEST_F(DemoOnEpoll, LeavesNothingBehind) { EXPECT_FALSE(left_behind); }

TEST(Demo, SaysInALineWhyABackendIsMissing) {
  const child_outcome o = run_in_child([] {
    if (!deny_io_uring()) return 99;
    ::setenv("FAIRLEAD_BACKEND", "automatic", 1);
    return ::execl(FAIRLEAD_TOOL, FAIRLEAD_TOOL, "demo", nullptr);
  });
  if (o.status == 99) GTEST_SKIP() << "no seccomp on this machine";
  ASSERT_EQ(o.status, 0) << o.errors;
  EXPECT_NE(o.output.find("\nio_uring is missing: not permitted here"), std::string::npos) << o.output;
  EXPECT_EQ(count_of(o.output, "backend epoll"), 1U);
  EXPECT_EQ(count_of(o.output, "backend io_uring"), 0U);
}

TEST(Demo, RefusesABackendThatItDoesNotKnow) {
  const child_outcome wrong = fairlead_tool({"demo"}, with("FAIRLEAD_BACKEND", "kqueue"));
  EXPECT_EQ(wrong.status, 2);
  EXPECT_EQ(wrong.errors,
            "fairlead: FAIRLEAD_BACKEND=kqueue: unknown backend; use epoll, io_uring or automatic\n");
}

// With so few descriptors the servers start, but not every client finds a place. How many that is depends on
// the library, so the number is searched for; with too few, nothing begins, and that must be said as well.
TEST(Demo, NamesWhatFailedAndDoesNotClaimSuccess) {
  if (sanitized) GTEST_SKIP() << "a sanitizer's runtime complains of missing descriptors itself";
  for (rlim_t descriptors = 8; descriptors < 40; ++descriptors) {
    const child_outcome o = run_in_child([descriptors] {
      const rlimit few{descriptors, descriptors};
      ::setrlimit(RLIMIT_NOFILE, &few);
      ::setenv("FAIRLEAD_BACKEND", "epoll", 1);
      return ::execl(FAIRLEAD_TOOL, FAIRLEAD_TOOL, "demo", nullptr);
    });
    ASSERT_FALSE(o.hung) << descriptors;
    ASSERT_NE(o.status, 0) << "no number of descriptors made a row fail";
    EXPECT_EQ(o.errors.substr(0, 10), "fairlead: ") << descriptors;
    EXPECT_EQ(o.output.find("All of it held"), std::string::npos);
    if (o.output.find("✗") == std::string::npos) continue;
    EXPECT_EQ(o.errors.substr(0, 43), "fairlead: TCP over IPv4, blocking, on epoll");
    EXPECT_NE(o.errors.find("too many open files"), std::string::npos) << o.errors;
    return;
  }
}

TEST(Demo, MakesItsSocketsElsewhereWhenTheDirectoryForThemHasTooLongAName) {
  const temp_dir dir;
  const std::filesystem::path deep = dir / std::string(100, 'd');
  std::filesystem::create_directory(deep);
  program_options o = with("TMPDIR", deep.string());
  o.environment.emplace_back("FAIRLEAD_BACKEND", "epoll");
  const child_outcome ended = fairlead_tool({"demo", "--quiet"}, o);
  EXPECT_EQ(ended.status, 0) << ended.errors;
  EXPECT_EQ(ended.output, "");
}

TEST(Demo, SpeaksJsonToPrograms) {
  const child_outcome o = fairlead_tool({"demo", "--json"}, with("FAIRLEAD_BACKEND", "epoll"));
  ASSERT_EQ(o.status, 0) << o.errors;
  EXPECT_EQ(o.output.front(), '{');
  EXPECT_EQ(count_of(o.output, "\"held\":true"), 3 * (has_ipv6() ? 7U : 6U) - 1 + 1);
  const child_outcome parsed =
      run_program({"/bin/sh", "-c",
                   "command -v python3 >/dev/null || exit 99; python3 -c 'import json,sys; "
                   "print(len(json.load(sys.stdin)[\"rows\"]))'"},
                  {.input = o.output, .environment = {}});
  if (parsed.status == 99) GTEST_SKIP() << "no python3 to read the JSON with";
  EXPECT_EQ(parsed.output, has_ipv6() ? "20\n" : "17\n") << parsed.errors;
}

}  // namespace
