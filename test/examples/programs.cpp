// SPDX-License-Identifier: MIT
#include "examples/programs.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <stdexcept>

#include <gtest/gtest.h>

namespace fairlead::testing {

namespace {

// ThreadSanitizer runs a program's signal handlers when the program next calls something that it intercepts.
// A loop that sleeps in io_uring_enter, a bare system call, calls nothing, and would sleep for ever.
#if defined(__SANITIZE_THREAD__)
constexpr bool signals_need_epoll = true;
#elif defined(__has_feature)
constexpr bool signals_need_epoll = __has_feature(thread_sanitizer) != 0;
#else
constexpr bool signals_need_epoll = false;
#endif

std::vector<std::string> words(std::string_view name, const std::vector<std::string>& arguments) {
  std::vector<std::string> all{example(name)};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return all;
}

}  // namespace

std::string example(std::string_view name) { return FAIRLEAD_EXAMPLES_DIR "/example-" + std::string(name); }

child_outcome run_example(std::string_view name, const std::vector<std::string>& arguments) {
  return run_program(words(name, arguments));
}

void expect_success(const child_outcome& outcome, const std::vector<std::string_view>& lines) {
  EXPECT_FALSE(outcome.hung);
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  EXPECT_EQ(outcome.errors, "");
  std::size_t from = 0;
  for (const std::string_view line : lines) {
    const std::size_t found = outcome.output.find(line, from);
    ASSERT_NE(found, std::string::npos) << "\"" << line << "\" is missing or in another place:\n"
                                        << outcome.output;
    from = found + line.size();
  }
}

void expect_usage_error(const child_outcome& outcome, std::string_view beginning) {
  EXPECT_FALSE(outcome.hung);
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.output, "");
  EXPECT_TRUE(outcome.errors.starts_with(beginning)) << outcome.errors;
  EXPECT_TRUE(outcome.errors.ends_with('\n')) << outcome.errors;
}

running_example::running_example(std::string_view name, const std::vector<std::string>& arguments) {
  std::vector<std::string> all = words(name, arguments);
  std::vector<char*> argv;
  for (std::string& w : all) argv.push_back(w.data());
  argv.push_back(nullptr);

  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  process_ = ::fork();
  if (process_ == 0) {
    ::dup2(pipe[1], STDOUT_FILENO);
    if (signals_need_epoll) ::setenv("FAIRLEAD_BACKEND", "epoll", 1);
    ::execv(argv.front(), argv.data());
    ::_exit(127);
  }
  ::close(pipe[1]);
  output_ = pipe[0];
  if (process_ < 0) throw std::runtime_error("no process");
}

running_example::~running_example() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  ::close(output_);
}

std::string running_example::line() {
  for (;;) {
    if (const std::size_t end = unread_.find('\n'); end != std::string::npos) {
      std::string first = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return first;
    }
    pollfd p{output_, POLLIN, 0};
    const auto limit = std::chrono::milliseconds(soon).count();
    std::array<char, 4096> piece{};
    const ssize_t n =
        ::poll(&p, 1, static_cast<int>(limit)) == 1 ? ::read(output_, piece.data(), piece.size()) : 0;
    if (n <= 0) {
      ADD_FAILURE() << "the program printed no further line; the last was unfinished: \"" << unread_ << '"';
      return {};
    }
    unread_.append(piece.data(), static_cast<std::size_t>(n));
  }
}

std::string running_example::address() {
  const std::string said = line();
  const std::size_t begin = said.find("://");
  if (!said.starts_with("listening ") || begin == std::string::npos) {
    ADD_FAILURE() << "not the line of a server that listens: \"" << said << '"';
    return {};
  }
  return said.substr(begin + 3);
}

int running_example::end_with(int signal) {
  ::kill(process_, signal);
  int status = 0;
  // The end of its output is what can be waited for with a deadline; then it is gone, or about to be.
  pollfd p{output_, POLLIN, 0};
  while (::poll(&p, 1, static_cast<int>(std::chrono::milliseconds(soon).count())) == 1) {
    std::array<char, 4096> piece{};
    const ssize_t n = ::read(output_, piece.data(), piece.size());
    if (n > 0) {
      unread_.append(piece.data(), static_cast<std::size_t>(n));
      continue;
    }
    ::waitpid(process_, &status, 0);
    process_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  ADD_FAILURE() << "the program did not end";
  return -1;
}

}  // namespace fairlead::testing
