// SPDX-License-Identifier: MIT
#include "tool/running.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "support/free_port.hpp"
#include "tool/tool.hpp"

namespace tool_test {

namespace {

using clock = std::chrono::steady_clock;
using fairlead::testing::soon;

void close_it(int& fd) {
  if (fd >= 0) ::close(fd);
  fd = -1;
}

void make_pipe(int (&ends)[2]) {
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
}

// Reads what there is; false at the end. The other side of a terminal is gone when reading gives EIO.
bool take(int fd, std::string& to) {
  std::array<char, 65536> buffer;
  const ssize_t n = ::read(fd, buffer.data(), buffer.size());
  if (n > 0) to.append(buffer.data(), static_cast<std::size_t>(n));
  return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

}  // namespace

start_options files_up_to(std::size_t bytes) {
  start_options o;
  o.in_the_child = [=] {
    const rlimit most{bytes, bytes};
    ::setrlimit(RLIMIT_FSIZE, &most);
  };
  return o;
}

running::running(std::vector<std::string> words, const start_options& options) {
  int in[2] = {-1, -1};
  int out[2] = {-1, -1};
  int err[2] = {-1, -1};
  int far_end = -1;
  if (options.terminal) {
    if (::openpty(&in_, &far_end, nullptr, nullptr, nullptr) != 0) throw std::runtime_error("openpty failed");
    ::fcntl(in_, F_SETFD, FD_CLOEXEC);
    out_ = ::fcntl(in_, F_DUPFD_CLOEXEC, 0);
  } else {
    make_pipe(in), make_pipe(out), make_pipe(err);
  }
  std::vector<char*> argv;
  for (std::string& w : words) argv.push_back(w.data());
  argv.push_back(nullptr);
  std::fflush(nullptr);
  child_ = ::fork();
  if (child_ < 0) throw std::runtime_error("fork failed");
  if (child_ == 0) {
    ::alarm(0);
    if (options.terminal) {
      ::login_tty(far_end);
    } else {
      ::dup2(in[0], 0), ::dup2(out[1], 1), ::dup2(err[1], 2);
    }
    for (const auto& [name, value] : options.environment) ::setenv(name.c_str(), value.c_str(), 1);
    if (options.in_the_child) options.in_the_child();
    ::execvp(argv.front(), argv.data());
    std::perror(argv.front());
    ::_exit(127);
  }
  close_it(far_end);
  close_it(in[0]), close_it(out[1]), close_it(err[1]);
  if (!options.terminal) in_ = in[1], out_ = out[0], err_ = err[0];
  ::fcntl(in_, F_SETFL, O_NONBLOCK);
  ::signal(SIGPIPE, SIG_IGN);  // a child may leave without reading
}

running::~running() {
  close_it(in_), close_it(out_), close_it(err_);
  if (status_ >= 0) return;
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
}

void running::close_input() { close_it(in_); }
void running::close_output() { close_it(out_); }
void running::resize(unsigned short rows, unsigned short columns) const {
  const winsize size{rows, columns, 0, 0};
  if (::ioctl(in_, TIOCSWINSZ, &size) != 0) throw std::runtime_error("TIOCSWINSZ failed");
}

void running::signal(int number) const { ::kill(child_, number); }

bool running::pump(const std::function<bool()>& done, std::string_view* feed) {
  const auto deadline = clock::now() + soon;
  while (!done()) {
    const bool feeding = feed != nullptr && in_ >= 0;
    if (out_ < 0 && err_ < 0 && !feeding) return false;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock::now()).count();
    if (left <= 0) return false;
    std::array<pollfd, 3> p{pollfd{out_, POLLIN, 0}, pollfd{err_, POLLIN, 0},
                            pollfd{feeding ? in_ : -1, POLLOUT, 0}};
    if (::poll(p.data(), p.size(), static_cast<int>(left)) < 0 && errno != EINTR) return false;
    if (p[0].revents != 0 && !take(out_, output_)) close_it(out_);
    if (p[1].revents != 0 && !take(err_, errors_)) close_it(err_);
    if (p[2].revents == 0) continue;
    const ssize_t n = ::write(in_, feed->data(), feed->size());
    if (n > 0) feed->remove_prefix(static_cast<std::size_t>(n));
    if (n < 0 && errno != EAGAIN && errno != EINTR) return false;
  }
  return true;
}

bool running::write(std::string_view text) {
  return pump([&] { return text.empty(); }, &text);
}

bool running::until(const std::string& where, std::string_view text) {
  return pump([&] { return where.find(text) != std::string::npos; });
}

bool running::complains_lines(std::size_t count) {
  return pump(
      [&] { return static_cast<std::size_t>(std::count(errors_.begin(), errors_.end(), '\n')) >= count; });
}

bool running::gives(std::size_t count) {
  return pump([&] { return output_.size() >= count; });
}

bool running::has_ended() {
  int raw = 0;
  if (status_ < 0 && ::waitpid(child_, &raw, WNOHANG) == child_) {
    status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
    (void)pump([] { return false; });
  }
  return status_ >= 0;
}

int running::status() {
  if (status_ >= 0) return status_;
  (void)pump([] { return false; });
  const auto deadline = clock::now() + soon;
  while (!has_ended()) {
    if (clock::now() >= deadline) return -1;  // it hangs; the destructor kills it
    ::poll(nullptr, 0, 1);
  }
  return status_;
}

std::vector<std::string> fairlead_command(std::vector<std::string> words) {
  words.insert(words.begin(), FAIRLEAD_TOOL);
  return words;
}

listener::listener(std::vector<std::string> words, const start_options& options, int)
    : running(fairlead_command(std::move(words)), options) {
  // With the certificate of a TLS listener, its pin is told first.
  const auto value_of = [this](std::string_view said) {
    const std::size_t at = errors().find(said);
    if (at == std::string::npos) return std::string();
    const std::size_t begin = at + said.size();
    return errors().substr(begin, errors().find('\n', begin) - begin);
  };
  constexpr std::string_view ready = "listening ";
  if (!complains(ready) || !complains_lines(1 + (errors().starts_with(ready) ? 0 : 1))) return;
  address_ = value_of(ready);
  pin_ = value_of("--pin ");
}

bool has_program(const std::string& name) {
  const char* const path = std::getenv("PATH");
  std::string_view left = path != nullptr ? path : "/usr/bin:/bin";
  for (;;) {
    const std::size_t end = std::min(left.find(':'), left.size());
    if (::access((std::string(left.substr(0, end)) + '/' + name).c_str(), X_OK) == 0) return true;
    if (end == left.size()) return false;
    left.remove_prefix(end + 1);
  }
}

std::string free_port() { return fairlead::testing::free_port().to_string(); }

fairlead::testing::child_outcome connect_when_it_listens(const std::string& address,
                                                         const std::vector<std::string>& words,
                                                         const std::string& input) {
  std::vector<std::string> whole = {"connect", address};
  whole.insert(whole.end(), words.begin(), words.end());
  for (const auto start = std::chrono::steady_clock::now();;) {
    fairlead::testing::child_outcome o = fairlead_tool(whole, {.input = input, .environment = {}});
    const bool refused = o.status == 1 && (o.errors.contains("refused") || o.errors.contains("no such file"));
    if (!refused || std::chrono::steady_clock::now() - start > soon) return o;
  }
}

}  // namespace tool_test
