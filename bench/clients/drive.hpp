// SPDX-License-Identifier: MIT
// What the clients of bench/clients share: they start the server that they measure, pin it to the first core
// that this process may use and themselves to the second, and read its processor time from its CPU clock.
// They are written on system calls alone, so that no library is both measured and measuring.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace drive {

[[noreturn]] inline void give_up(const char* why) {
  std::fprintf(stderr, "%s: %s\n", why, std::strerror(errno));
  std::exit(1);
}

inline double seconds(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}
inline double now() { return seconds(CLOCK_MONOTONIC); }

/// The `nth` core (0, 1) of those that were allowed at first; with one core only, everything shares it.
inline void pin(int nth) {
  static const cpu_set_t allowed = [] {
    cpu_set_t set;
    sched_getaffinity(0, sizeof set, &set);
    return set;
  }();
  int seen = 0;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (!CPU_ISSET(core, &allowed) || seen++ != nth) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    sched_setaffinity(0, sizeof one, &one);
    return;
  }
}

/// Seconds that the main thread of a process was ready to run and had no core; 0 where the kernel does not
/// tell.
inline double waited(pid_t process) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/schedstat", static_cast<int>(process));
  std::FILE* const file = std::fopen(path, "r");
  if (file == nullptr) return 0;
  unsigned long long ran = 0;
  unsigned long long delayed = 0;
  if (std::fscanf(file, "%llu %llu", &ran, &delayed) != 2) delayed = 0;
  std::fclose(file);
  return static_cast<double>(delayed) / 1e9;
}

/// A program that prints the port it listens on.
class server {
 public:
  explicit server(char** command) {
    int out[2];
    if (pipe(out) != 0) give_up("pipe");
    pin(1);
    pid_ = fork();
    if (pid_ == 0) {
      pin(0);
      dup2(out[1], 1);
      close(out[0]);
      close(out[1]);
      execvp(command[0], command);
      give_up(command[0]);
    }
    close(out[1]);
    std::FILE* const said = fdopen(out[0], "r");
    unsigned port = 0;
    if (std::fscanf(said, "%u", &port) != 1 || port == 0) {
      waitpid(pid_, nullptr, 0);
      std::fputs("the server did not start\n", stderr);
      std::exit(1);
    }
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address_.sin_port = htons(static_cast<in_port_t>(port));
    clock_getcpuclockid(pid_, &clock_);
  }
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  ~server() {
    if (pid_ > 0) stop();
  }

  /// Processor time of all its threads, in user space and in the kernel.
  [[nodiscard]] double cpu() const { return seconds(clock_); }

  /// Time in which somebody else had its core, or ours: a measurement with much of it had better be repeated.
  [[nodiscard]] double disturbed() const { return waited(pid_) + waited(getpid()); }

  /// A blocking connection to it, with Nagle's algorithm off.
  [[nodiscard]] int connect() const {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) give_up("socket");
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) != 0) give_up("connect");
    return fd;
  }

  /// Ends it; what is measured has been measured.
  void stop() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
  clockid_t clock_{};
  sockaddr_in address_{};
};

}  // namespace drive
