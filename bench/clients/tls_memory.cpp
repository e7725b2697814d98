// SPDX-License-Identifier: MIT
// As bench/clients/memory.cpp, over TLS 1.3: opens connections to an echo server by and by, has each say one
// message and wait, and looks at the server's resident memory when there are none and at each number asked
// for. The client's own end is OpenSSL, for all servers alike; it verifies nothing. Usage:
// bench-client-tls_memory CONNECTIONS[,CONNECTIONS]... -- SERVER...     Prints lines "CONNECTIONS KIBIBYTES".
#include <openssl/ssl.h>
#include <poll.h>

#include <vector>

#include "drive.hpp"

namespace {

void speak(SSL* ssl, unsigned number) {
  char message[64];
  char answer[sizeof message];
  std::memset(message, static_cast<int>('a' + number % 26), sizeof message);
  if (SSL_connect(ssl) != 1 || SSL_write(ssl, message, sizeof message) != sizeof message) {
    drive::give_up("handshake");
  }
  for (int at = 0, n = 0; at < static_cast<int>(sizeof answer); at += n) {
    n = SSL_read(ssl, answer + at, static_cast<int>(sizeof answer) - at);
    if (n <= 0) drive::give_up("no answer");
  }
  if (std::memcmp(message, answer, sizeof message) != 0) drive::give_up("the echo is not what was sent");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    return std::fputs("usage: bench-client-tls_memory CONNECTIONS[,CONNECTIONS]... -- SERVER...\n", stderr),
           2;
  }
  drive::allow_many_descriptors();
  drive::server server(argv + 3);
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  std::vector<SSL*> connections;
  std::printf("0 %ld\n", drive::resident(server.process()));
  for (char* rest = argv[1]; *rest != '\0'; rest += *rest == ',' ? 1 : 0) {
    const auto wanted = static_cast<std::size_t>(std::strtol(rest, &rest, 10));
    while (connections.size() < wanted) {
      const int fd = server.connect(static_cast<int>(connections.size()));
      const timeval patience{5, 0};
      setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      connections.push_back(SSL_new(context));
      SSL_set_fd(connections.back(), fd);
      speak(connections.back(), static_cast<unsigned>(connections.size()));
    }
    poll(nullptr, 0, 20);  // what it does after its last word
    std::printf("%zu %ld\n", wanted, drive::resident(server.process()));
    if (*rest != ',' && *rest != '\0') return std::fputs("not a list of numbers\n", stderr), 2;
  }
  server.stop();
}
