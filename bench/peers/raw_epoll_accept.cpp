// SPDX-License-Identifier: MIT
// Gives every connection one byte and closes it: epoll on the listener, accept until there is no more.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>

int main() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
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
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    epoll_wait(epoll, &event, 1, -1);
    for (;;) {
      const int peer = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
      if (peer < 0) break;
      if (send(peer, "x", 1, MSG_NOSIGNAL) != 1) return perror("send"), 1;
      close(peer);
    }
  }
}
