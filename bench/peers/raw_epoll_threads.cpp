// SPDX-License-Identifier: MIT
// The echo server on epoll with several threads, each with a listener of its own at the same port. Serves
// until it is ended. The arguments are those of bench/echo_per_core.cpp.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "../support/work.hpp"

namespace {

int listener_at(sockaddr_in& address) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  socklen_t length = sizeof address;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(fd, 4096) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    perror("listen");
    exit(1);
  }
  return fd;
}

void serve(int listener, long steps) {
  const int epoll = epoll_create1(0);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener;
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  std::uint64_t worked = 0;
  for (;;) {
    epoll_event ready[128];
    const int n = epoll_wait(epoll, ready, 128, -1);
    for (int i = 0; i < n; ++i) {
      const int fd = ready[i].data.fd;
      if (fd == listener) {
        event.data.fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (event.data.fd >= 0) epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
        continue;
      }
      char buffer[4096];
      const ssize_t got = recv(fd, buffer, sizeof buffer, 0);
      if (got <= 0) {
        close(fd);
        continue;
      }
      if (steps > 0) {
        worked = work(worked + static_cast<std::uint64_t>(got), steps);
        if (worked == 0) exit(0);  // so that it cannot be left out
      }
      // 64 bytes always fit the buffer of a peer that waits for them; a real server would keep the rest.
      if (send(fd, buffer, static_cast<size_t>(got), MSG_NOSIGNAL) != got) exit(1);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::vector<int> listeners;
  for (int i = 0; i < atoi(argv[1]); ++i) listeners.push_back(listener_at(address));
  printf("%u\n", unsigned{ntohs(address.sin_port)});
  fflush(stdout);
  std::vector<std::thread> threads;
  for (const int listener : listeners) threads.emplace_back(serve, listener, atol(argv[2]));
  for (std::thread& t : threads) t.join();
}
