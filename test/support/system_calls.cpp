// SPDX-License-Identifier: MIT
#include "support/system_calls.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace fairlead::testing {

namespace {

struct interception {
  std::size_t calls = 0;
  int failures = 0;
  int error = 0;
};

constinit thread_local interception interceptions[6];
constinit thread_local std::function<void(int)>* sleeping = nullptr;
constinit thread_local int sleeps = 0;

interception& of(system_call c) noexcept { return interceptions[static_cast<int>(c)]; }

// True if the call shall fail; errno is set.
bool fails(system_call c) noexcept {
  interception& i = of(c);
  ++i.calls;
  if (i.failures == 0) return false;
  --i.failures;
  errno = i.error;
  return true;
}

}  // namespace

std::size_t calls_of(system_call c) noexcept { return of(c).calls; }

void fail_next(system_call c, int error, int times) noexcept {
  of(c).failures = times;
  of(c).error = error;
}

before_sleeping::before_sleeping(std::function<void(int)> call) {
  sleeping = new std::function<void(int)>(std::move(call));
  sleeps = 0;
}

before_sleeping::~before_sleeping() {
  delete sleeping;
  sleeping = nullptr;
}

}  // namespace fairlead::testing

// The program's own definitions come before the C library's. Under a sanitizer they would hide its
// interceptors, which know what synchronizes with what: so those are called where they exist.
extern "C" {

using fairlead::testing::fails;
using fairlead::testing::system_call;

#define FAIRLEAD_PASS_ON(name, real, ...) \
  (__interceptor_##name != nullptr ? __interceptor_##name(__VA_ARGS__) : (real))

[[gnu::weak]] ssize_t __interceptor_recv(int, void*, size_t, int);
[[gnu::weak]] ssize_t __interceptor_recvmsg(int, msghdr*, int);
[[gnu::weak]] ssize_t __interceptor_send(int, const void*, size_t, int);
[[gnu::weak]] ssize_t __interceptor_sendmsg(int, const msghdr*, int);
[[gnu::weak]] int __interceptor_accept4(int, sockaddr*, socklen_t*, int);

ssize_t recv(int fd, void* data, size_t size, int flags) {
  if (fails(system_call::recv)) return -1;
  return FAIRLEAD_PASS_ON(recv, ::syscall(SYS_recvfrom, fd, data, size, flags, nullptr, nullptr), fd, data,
                          size, flags);
}

ssize_t recvmsg(int fd, msghdr* m, int flags) {
  if (fails(system_call::recvmsg)) return -1;
  return FAIRLEAD_PASS_ON(recvmsg, ::syscall(SYS_recvmsg, fd, m, flags), fd, m, flags);
}

ssize_t send(int fd, const void* data, size_t size, int flags) {
  if (fails(system_call::send)) return -1;
  return FAIRLEAD_PASS_ON(send, ::syscall(SYS_sendto, fd, data, size, flags, nullptr, 0), fd, data, size,
                          flags);
}

ssize_t sendmsg(int fd, const msghdr* m, int flags) {
  if (fails(system_call::sendmsg)) return -1;
  return FAIRLEAD_PASS_ON(sendmsg, ::syscall(SYS_sendmsg, fd, m, flags), fd, m, flags);
}

int accept4(int fd, sockaddr* address, socklen_t* length, int flags) {
  if (fails(system_call::accept)) return -1;
  return FAIRLEAD_PASS_ON(accept4, static_cast<int>(::syscall(SYS_accept4, fd, address, length, flags)), fd,
                          address, length, flags);
}

int ppoll(pollfd* entries, nfds_t count, const timespec* timeout, const sigset_t* mask) {
  namespace t = fairlead::testing;
  if (t::sleeping != nullptr) (*t::sleeping)(t::sleeps++);
  if (fails(system_call::ppoll)) return -1;
  timespec left = timeout != nullptr ? *timeout : timespec{};  // the system call writes to it
  return static_cast<int>(
      ::syscall(SYS_ppoll, entries, count, timeout != nullptr ? &left : nullptr, mask, sizeof(long)));
}

}  // extern "C"
