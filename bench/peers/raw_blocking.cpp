// SPDX-License-Identifier: MIT
// The echo server on blocking sockets, for one client, in the C of the man pages.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>

int main() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 1) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return perror("listen"), 1;
  }
  printf("%u\n", unsigned{ntohs(address.sin_port)});
  fflush(stdout);
  const int peer = accept(listener, nullptr, nullptr);
  static char buffer[4096];
  for (;;) {
    const ssize_t got = recv(peer, buffer, sizeof buffer, 0);
    if (got <= 0) break;
    for (ssize_t sent = 0; sent < got;) {
      const ssize_t n = send(peer, buffer + sent, static_cast<size_t>(got - sent), MSG_NOSIGNAL);
      if (n < 0) return perror("send"), 1;
      sent += n;
    }
  }
  close(peer);
}
