// SPDX-License-Identifier: MIT
// The floor: the echo server on epoll and nothing else, in the C of the man pages.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  int left = argc > 1 ? atoi(argv[1]) : 20;
  int to_accept = left;
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 4096) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return perror("listen"), 1;
  }
  printf("%u\n", unsigned{ntohs(address.sin_port)});
  fflush(stdout);

  const int epoll = epoll_create1(0);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener;
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  while (left > 0) {
    epoll_event ready[128];
    const int n = epoll_wait(epoll, ready, 128, -1);
    for (int i = 0; i < n; ++i) {
      const int fd = ready[i].data.fd;
      if (fd == listener) {
        if (to_accept-- == 0) continue;
        event.data.fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
        continue;
      }
      static char buffer[4096];
      const ssize_t got = recv(fd, buffer, sizeof buffer, 0);
      if (got > 0) {
        // 64 bytes always fit the buffer of a peer that waits for them; a real server would keep the rest.
        if (send(fd, buffer, static_cast<size_t>(got), MSG_NOSIGNAL) != got) return perror("send"), 1;
      } else {
        close(fd);
        --left;
      }
    }
  }
}
