// SPDX-License-Identifier: MIT
// The sink on a blocking socket, in the C of the man pages: recv until the end, then what came.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

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
  static unsigned char buffer[128 * 1024];
  unsigned long long came[2] = {};
  ssize_t n = 0;
  while ((n = recv(peer, buffer, sizeof buffer, 0)) > 0) {
    const auto got = static_cast<size_t>(n);
    for (size_t i = (4096 - came[0] % 4096) % 4096; i < got; i += 4096) came[1] += buffer[i];
    came[0] += got;
  }
  if (send(peer, came, sizeof came, MSG_NOSIGNAL) != sizeof came) return 1;
}
