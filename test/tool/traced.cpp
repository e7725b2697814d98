// SPDX-License-Identifier: MIT
#include "tool/traced.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

namespace tool_test {

namespace {

constexpr int not_permitted = 126;

pid_t start(std::vector<std::string>& words, int errors) {
  std::vector<char*> argv;
  for (std::string& w : words) argv.push_back(w.data());
  argv.push_back(nullptr);
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child > 0) return child;
  const int nothing = ::open("/dev/null", O_RDWR);
  ::dup2(nothing, 0), ::dup2(nothing, 1), ::dup2(errors, 2);
  ::setenv("ASAN_OPTIONS", "detect_leaks=0", 1);  // it traces itself, which nobody can twice
  if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(not_permitted);
  ::execv(argv.front(), argv.data());
  ::_exit(127);
}

void take(int from, std::string& to) {
  std::array<char, 4096> memory;
  for (ssize_t n = 0; (n = ::read(from, memory.data(), memory.size())) > 0;) {
    to.append(memory.data(), static_cast<std::size_t>(n));
  }
}

// Its tracer is this thread, which no other child belongs to: waiting takes nobody else's news.
trace_outcome trace(std::vector<std::string>& words, std::size_t fatal, const std::string& word,
                    const std::function<void()>& heard) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) throw std::runtime_error("pipe2 failed");
  const pid_t child = start(words, ends[1]);
  ::close(ends[1]);
  trace_outcome o;
  bool told = word.empty();
  bool begun = false;
  std::set<pid_t> within;  // threads between the beginning and the end of a system call
  for (;;) {
    int raw = 0;
    const pid_t who = ::waitpid(-1, &raw, __WALL | __WNOTHREAD);
    if (who < 0 && errno == EINTR) continue;
    if (who < 0) break;
    if (WIFEXITED(raw) || WIFSIGNALED(raw)) {
      within.erase(who);
      if (who != child) continue;
      o.status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
      break;
    }
    if (!WIFSTOPPED(raw)) continue;
    int pass_on = 0;
    const int why = WSTOPSIG(raw);
    if (!begun) {  // it has become the program
      begun = true;
      ::ptrace(PTRACE_SETOPTIONS, child, nullptr,
               PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL);
    } else if (why == (SIGTRAP | 0x80)) {
      if (within.erase(who) == 0) {
        within.insert(who);
        if (++o.calls == fatal) {
          o.killed = true;
          ::kill(child, SIGKILL);
          continue;
        }
      }
    } else if (raw >> 16 == 0 && why != SIGSTOP) {
      pass_on = why;  // neither news of a thread nor its first stop
    }
    if (!told) {
      take(ends[0], o.errors);
      if (o.errors.find(word) != std::string::npos) {
        told = true;
        heard();
      }
    }
    ::ptrace(PTRACE_SYSCALL, who, nullptr, pass_on);
  }
  take(ends[0], o.errors);
  ::close(ends[0]);
  o.permitted = begun || o.status != not_permitted;
  return o;
}

}  // namespace

trace_outcome run_traced(std::vector<std::string> words, std::size_t fatal, const std::string& word,
                         const std::function<void()>& then) {
  trace_outcome o;
  std::mutex guard;
  std::condition_variable changed;
  bool heard = false;
  bool over = false;
  const auto note = [&](bool& what) {
    const std::lock_guard lock(guard);
    what = true;
    changed.notify_one();
  };
  std::thread tracer([&] {
    o = trace(words, fatal, word, [&] { note(heard); });
    note(over);
  });
  {
    std::unique_lock lock(guard);
    changed.wait(lock, [&] { return heard || over; });
  }
  if (heard) then();  // whatever it starts is a child of this thread
  tracer.join();
  return o;
}

}  // namespace tool_test
