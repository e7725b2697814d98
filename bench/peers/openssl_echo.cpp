// SPDX-License-Identifier: MIT
// The echo server over TLS 1.3 on epoll and OpenSSL, one SSL for each connection, which holds no buffers
// while it waits (SSL_MODE_RELEASE_BUFFERS). The usage is that of bench/tls_echo.cpp.
#include <fcntl.h>
#include <sys/epoll.h>

#include "openssl_by_hand.hpp"

using namespace by_hand;

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  int left = std::atoi(argv[2]);
  int to_accept = left;
  SSL_CTX* const context = server_context(argv[1], "1.3");
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  const int listener = listening();
  const int epoll = epoll_create1(0);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  while (left > 0) {
    epoll_event ready[128];
    const int n = epoll_wait(epoll, ready, 128, -1);
    for (int i = 0; i < n; ++i) {
      auto* const ssl = static_cast<SSL*>(ready[i].data.ptr);
      if (ssl == nullptr) {
        if (to_accept-- == 0) continue;
        const int fd = accepted(listener);
        fcntl(fd, F_SETFL, O_NONBLOCK);
        SSL* const fresh = SSL_new(context);
        SSL_set_fd(fresh, fd);
        SSL_set_accept_state(fresh);
        event.data.ptr = fresh;
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        continue;
      }
      // The handshake goes along with the first reads.
      static char buffer[16384];
      int got = 0;
      while ((got = SSL_read(ssl, buffer, sizeof buffer)) > 0) {
        // What is this short fits the buffers of the kernel; a real server would keep the rest.
        if (SSL_write(ssl, buffer, got) != got) give_up("SSL_write");
      }
      if (SSL_get_error(ssl, got) == SSL_ERROR_WANT_READ) continue;
      ERR_clear_error();
      close(SSL_get_fd(ssl));
      SSL_free(ssl);
      --left;
    }
  }
}
