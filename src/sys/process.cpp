// SPDX-License-Identifier: MIT
#include "sys/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "sys/retry.hpp"

namespace fairlead::sys {

namespace {

// posix_spawn's functions return an error number; the first one that failed is kept.
class first_failure {
 public:
  void operator()(int code) noexcept {
    if (code_ == 0) code_ = code;
  }
  [[nodiscard]] int code() const noexcept { return code_; }

 private:
  int code_ = 0;
};

struct spawn_settings {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  first_failure failed;

  spawn_settings() noexcept {
    failed(::posix_spawn_file_actions_init(&files));
    failed(::posix_spawnattr_init(&attributes));
  }
  spawn_settings(const spawn_settings&) = delete;
  spawn_settings& operator=(const spawn_settings&) = delete;
  ~spawn_settings() {
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
  }
};

}  // namespace

outcome spawn(const spawn_request& what) noexcept {
  spawn_settings s;
  // The first terminal that the leader of a session opens controls it, and all it starts.
  if (what.terminal != nullptr) {
    s.failed(::posix_spawn_file_actions_addopen(&s.files, 0, what.terminal, O_RDWR, 0));
    s.failed(::posix_spawn_file_actions_adddup2(&s.files, 0, 1));
    s.failed(::posix_spawn_file_actions_adddup2(&s.files, 0, 2));
  }
  for (int number = 0; what.terminal == nullptr && number < 3; ++number) {
    const int given = what.streams[number];
    if (given >= 0) s.failed(::posix_spawn_file_actions_adddup2(&s.files, given, number));
    if (given == nothing) {
      const int mode = number == 0 ? O_RDONLY : O_WRONLY;
      s.failed(::posix_spawn_file_actions_addopen(&s.files, number, "/dev/null", mode, 0));
    }
  }
  // Whatever else is open without close-on-exec, here or in a library, is none of the child's business.
  s.failed(::posix_spawn_file_actions_addclosefrom_np(&s.files, 3));
  if (what.directory != nullptr) s.failed(::posix_spawn_file_actions_addchdir_np(&s.files, what.directory));

  sigset_t signals;
  sigemptyset(&signals);
  s.failed(::posix_spawnattr_setsigmask(&s.attributes, &signals));
  sigaddset(&signals, SIGPIPE);
  sigaddset(&signals, SIGXFSZ);
  s.failed(::posix_spawnattr_setsigdefault(&s.attributes, &signals));
  s.failed(::posix_spawnattr_setpgroup(&s.attributes, 0));
  int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  if (what.terminal != nullptr) {
    flags |= POSIX_SPAWN_SETSID;
  } else if (what.own_group) {
    flags |= POSIX_SPAWN_SETPGROUP;
  }
  s.failed(::posix_spawnattr_setflags(&s.attributes, static_cast<short>(flags)));
  if (s.failed.code() != 0) return {s.failed.code(), 0};

  pid_t id = 0;
  const int code = ::posix_spawnp(&id, what.words[0], &s.files, &s.attributes, what.words, what.environment);
  return {code, static_cast<std::size_t>(id)};
}

outcome open_process(int id) noexcept { return from_return(::syscall(SYS_pidfd_open, id, 0)); }

void await_end(int id) noexcept {
  siginfo_t how{};
  (void)retry([&] { return ::waitid(P_PID, static_cast<id_t>(id), &how, WEXITED | WNOWAIT); });
}

outcome take_status(int id, bool patiently, ending& how) noexcept {
  siginfo_t said{};
  const int flags = WEXITED | (patiently ? 0 : WNOHANG);
  const outcome r = from_return(retry([&] { return ::waitid(P_PID, static_cast<id_t>(id), &said, flags); }));
  if (!r.ok()) return r;
  if (said.si_pid == 0) return {EAGAIN, 0};
  how.by_signal = said.si_code != CLD_EXITED;
  how.number = said.si_status;
  return {};
}

outcome signal_process(int descriptor, int number) noexcept {
  return from_return(::syscall(SYS_pidfd_send_signal, descriptor, number, nullptr, 0));
}

outcome signal_id(int id, int number) noexcept { return from_return(::kill(id, number)); }

outcome signal_group(int id, int number) noexcept { return from_return(::kill(-id, number)); }

char** environment() noexcept { return ::environ; }

}  // namespace fairlead::sys
