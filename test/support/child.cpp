// SPDX-License-Identifier: MIT
#include "support/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <stdexcept>

namespace fairlead::testing {

namespace {

using clock = std::chrono::steady_clock;

struct channel {
  int ends[2] = {-1, -1};
  channel() {
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  }
  ~channel() { close(0), close(1); }
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;
  void close(int end) {
    if (ends[end] >= 0) ::close(ends[end]);
    ends[end] = -1;
  }
};

// A child may leave without reading: that is no reason for a signal, and other tests want to see theirs.
class no_sigpipe {
 public:
  no_sigpipe() {
    ::sigemptyset(&pipe_);
    ::sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~no_sigpipe() {
    const timespec at_once{};
    while (::sigtimedwait(&pipe_, nullptr, &at_once) == SIGPIPE) continue;
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  no_sigpipe(const no_sigpipe&) = delete;
  no_sigpipe& operator=(const no_sigpipe&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
};

// Feeds and listens until both outputs have ended; false at the deadline.
bool converse(channel& in, channel& out, channel& err, std::string_view input, child_outcome& to,
              clock::time_point deadline) {
  const no_sigpipe quiet;
  ::fcntl(in.ends[1], F_SETFL, O_NONBLOCK);
  if (input.empty()) in.close(1);
  while (out.ends[0] >= 0 || err.ends[0] >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock::now()).count();
    if (left <= 0) return false;
    std::array<pollfd, 3> p{pollfd{out.ends[0], POLLIN, 0}, pollfd{err.ends[0], POLLIN, 0},
                            pollfd{in.ends[1], POLLOUT, 0}};
    if (::poll(p.data(), p.size(), static_cast<int>(left)) < 0 && errno != EINTR) return false;
    for (std::size_t i = 0; i < 2; ++i) {
      if (p[i].revents == 0) continue;
      channel& from = i == 0 ? out : err;
      std::array<char, 4096> buffer;
      const ssize_t n = ::read(from.ends[0], buffer.data(), buffer.size());
      if (n > 0) (i == 0 ? to.output : to.errors).append(buffer.data(), static_cast<std::size_t>(n));
      if (n == 0) from.close(0);
    }
    if (p[2].revents == 0) continue;
    const ssize_t n = ::write(in.ends[1], input.data(), input.size());
    if (n > 0) input.remove_prefix(static_cast<std::size_t>(n));
    if (input.empty() || (n < 0 && errno != EAGAIN && errno != EINTR)) in.close(1);
  }
  return true;
}

child_outcome fork_and(const std::function<void()>& become, std::string_view input,
                       std::chrono::milliseconds limit) {
  channel in;
  channel out;
  channel err;
  child_outcome result;
  std::fflush(nullptr);  // or the child would print again what is still buffered
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    ::alarm(0);
    ::dup2(in.ends[0], 0), ::dup2(out.ends[1], 1), ::dup2(err.ends[1], 2);
    become();
    std::fflush(nullptr);
    ::_exit(127);
  }
  in.close(0), out.close(1), err.close(1);
  const auto deadline = clock::now() + limit;
  result.hung = !converse(in, out, err, input, result, deadline);
  int status = 0;
  // Its outputs have ended: it is gone, or about to be. If it is not, it does not get more time.
  while (!result.hung && ::waitpid(child, &status, WNOHANG) == 0) {
    if (clock::now() >= deadline) result.hung = true;
    ::poll(nullptr, 0, 1);
  }
  if (result.hung) {
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
  }
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace

child_outcome run_program(const std::vector<std::string>& words, const program_options& options) {
  std::vector<char*> argv;
  for (const std::string& w : words) argv.push_back(const_cast<char*>(w.c_str()));
  argv.push_back(nullptr);
  return fork_and(
      [&] {
        for (const auto& [name, value] : options.environment) ::setenv(name.c_str(), value.c_str(), 1);
        ::execv(argv.front(), argv.data());
        std::perror(argv.front());
      },
      options.input, options.deadline);
}

child_outcome run_in_child(const std::function<int()>& body, std::chrono::milliseconds deadline) {
  return fork_and(
      [&] {
        int status = 126;
        try {
          status = body();
        } catch (const std::exception& e) {
          std::fprintf(stderr, "%s\n", e.what());
        }
        std::fflush(nullptr);
        ::_exit(status);  // without the parent's destructors and reports
      },
      {}, deadline);
}

}  // namespace fairlead::testing
