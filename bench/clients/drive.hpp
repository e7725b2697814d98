// SPDX-License-Identifier: MIT
// What the clients of bench/clients share: they start the server that they measure, pin it to the first core
// that this process may use and themselves to the second, and read its processor time from its CPU clock.
// They are written on system calls alone, so that no library is both measured and measuring.
#pragma once

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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

/// As many descriptors as we may have: the servers inherit that.
inline void allow_many_descriptors() {
  rlimit most{};
  getrlimit(RLIMIT_NOFILE, &most);
  most.rlim_cur = most.rlim_max;
  setrlimit(RLIMIT_NOFILE, &most);
}

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

/// What a process holds, in KiB. Every server that is asked so is one process.
inline long resident(pid_t process) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/status", static_cast<int>(process));
  std::FILE* const file = std::fopen(path, "r");
  if (file == nullptr) give_up(path);
  char line[256];
  long kib = 0;
  while (std::fgets(line, sizeof line, file) != nullptr) {
    if (std::sscanf(line, "VmRSS: %ld", &kib) == 1) break;
  }
  std::fclose(file);
  return kib;
}

/// Processor time of a process and of what it has started that is still there, in user space and in the
/// kernel: `group` is their process group.
inline double cpu_of_group(pid_t group) {
  double all = 0;
  DIR* const processes = opendir("/proc");
  if (processes == nullptr) give_up("/proc");
  while (const dirent* const entry = readdir(processes)) {
    const auto process = static_cast<pid_t>(std::atoi(entry->d_name));
    clockid_t clock{};
    if (process > 0 && getpgid(process) == group && clock_getcpuclockid(process, &clock) == 0)
      all += seconds(clock);
  }
  closedir(processes);
  return all;
}

/// A program that prints the port it listens on. It gets a process group of its own, so that programs which
/// serve with further processes are measured, and ended, as one.
class server {
 public:
  enum class place { first_core, anywhere };
  explicit server(char** command, place where = place::first_core) {
    int out[2];
    if (pipe(out) != 0) give_up("pipe");
    if (where == place::first_core) pin(1);
    const pid_t self = getpid();
    pid_ = fork();
    if (pid_ == 0) {
      if (where == place::first_core) pin(0);
      setpgid(0, 0);
      prctl(PR_SET_PDEATHSIG, SIGKILL);  // a client that is stopped leaves nobody behind
      if (getppid() != self) _exit(1);
      dup2(out[1], 1);
      close(out[0]);
      close(out[1]);
      execvp(command[0], command);
      give_up(command[0]);
    }
    setpgid(pid_, pid_);
    close(out[1]);
    said_ = fdopen(out[0], "r");
    unsigned port = 0;
    if (std::fscanf(said_, "%u", &port) != 1 || port == 0) {
      waitpid(pid_, nullptr, 0);
      std::fputs("the server did not start\n", stderr);
      std::exit(1);
    }
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address_.sin_port = htons(static_cast<in_port_t>(port));
  }
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  ~server() { stop(); }

  [[nodiscard]] pid_t process() const { return pid_; }
  [[nodiscard]] unsigned port() const { return ntohs(address_.sin_port); }
  /// What it prints after its port.
  [[nodiscard]] std::FILE* said() const { return said_; }

  /// Processor time of all its threads and processes, in user space and in the kernel.
  [[nodiscard]] double cpu() const { return cpu_of_group(pid_); }

  /// Time in which somebody else had its core, or ours: a measurement with much of it had better be repeated.
  [[nodiscard]] double disturbed() const { return waited(pid_) + waited(getpid()); }

  /// A blocking connection to it, with Nagle's algorithm off. Of 10,000 connections each 5000 come from
  /// another address of loopback, so that none runs out of ports.
  [[nodiscard]] int connect(int number = 0) const {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) give_up("socket");
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (number >= 5000) {
      sockaddr_in own{};
      own.sin_family = AF_INET;
      own.sin_addr.s_addr = htonl(INADDR_LOOPBACK + static_cast<in_addr_t>(number / 5000));
      setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
      if (bind(fd, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) give_up("bind");
    }
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) != 0) give_up("connect");
    return fd;
  }

  /// Ends it; what is measured has been measured.
  void stop() {
    if (pid_ == 0) return;
    kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
  std::FILE* said_ = nullptr;
  sockaddr_in address_{};
};

}  // namespace drive
