// SPDX-License-Identifier: MIT
#include "sys/signal.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "sys/retry.hpp"

namespace fairlead::sys {

namespace {

sigset_t only(int number) noexcept {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  return set;
}

}  // namespace

outcome catch_signal(int number, signal_handler handler, struct sigaction& before) noexcept {
  struct sigaction wanted{};
  wanted.sa_handler = handler;
  wanted.sa_flags = SA_RESTART | SA_ONSTACK;
  sigfillset(&wanted.sa_mask);
  return from_return(::sigaction(number, &wanted, &before));
}

bool is_ignored(int number) noexcept {
  struct sigaction now{};
  return ::sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

void restore_signal(int number, signal_handler handler, const struct sigaction& before) noexcept {
  struct sigaction now{};
  if (::sigaction(number, nullptr, &now) != 0 || now.sa_handler != handler) return;
  ::sigaction(number, &before, nullptr);
}

void tell(int pipe, unsigned char byte) noexcept {
  const int before = errno;
  (void)!::write(pipe, &byte, 1);
  errno = before;
}

std::string signal_name(int number) {
  if (number >= SIGRTMIN && number <= SIGRTMAX) {
    return number == SIGRTMIN ? "SIGRTMIN" : "SIGRTMIN+" + std::to_string(number - SIGRTMIN);
  }
  const char* const name = ::sigabbrev_np(number);
  return name != nullptr ? std::string("SIG") + name : std::string();
}

without_sigpipe::without_sigpipe() noexcept {
  const sigset_t pipe = only(SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe, &before_);
  was_blocked_ = sigismember(&before_, SIGPIPE) == 1;
}

without_sigpipe::~without_sigpipe() {
  if (was_blocked_) return;  // as a program wishes that blocks it anyway
  if (raised_) {
    const sigset_t pipe = only(SIGPIPE);
    constexpr timespec at_once{};
    (void)retry([&] { return ::sigtimedwait(&pipe, nullptr, &at_once); });
  }
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace fairlead::sys
