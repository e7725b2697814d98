// SPDX-License-Identifier: MIT
// The echo server on liburing and nothing else: a receive or a send in flight on each connection, one
// system call a turn.
#include <arpa/inet.h>
#include <liburing.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

struct connection {
  int fd;
  bool sending;
  char buffer[4096];
};

int main(int argc, char** argv) {
  int left = argc > 1 ? atoi(argv[1]) : 20;
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

  io_uring ring;
  io_uring_params p{};
  p.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE;
  p.cq_entries = 4096;
  if (io_uring_queue_init_params(256, &ring, &p) != 0) return fputs("no io_uring here\n", stderr), 1;
  io_uring_register_ring_fd(&ring);

  const auto receive = [&](connection* c) {
    c->sending = false;
    io_uring_sqe* const e = io_uring_get_sqe(&ring);
    io_uring_prep_recv(e, c->fd, c->buffer, sizeof c->buffer, 0);
    io_uring_sqe_set_data(e, c);
  };
  for (int i = 0; i < left; ++i) {
    auto* const c = new connection;
    c->fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
    receive(c);
    if (io_uring_sq_space_left(&ring) == 0) io_uring_submit(&ring);
  }
  while (left > 0) {
    io_uring_submit_and_wait(&ring, 1);
    unsigned head = 0;
    unsigned taken = 0;
    io_uring_cqe* done = nullptr;
    io_uring_for_each_cqe(&ring, head, done) {
      if (io_uring_sq_space_left(&ring) == 0) io_uring_submit(&ring);
      ++taken;
      auto* const c = static_cast<connection*>(io_uring_cqe_get_data(done));
      if (done->res <= 0) {
        close(c->fd);
        delete c;
        --left;
      } else if (c->sending) {
        receive(c);
      } else {
        c->sending = true;
        io_uring_sqe* const e = io_uring_get_sqe(&ring);
        io_uring_prep_send(e, c->fd, c->buffer, static_cast<size_t>(done->res), MSG_NOSIGNAL);
        io_uring_sqe_set_data(e, c);
      }
    }
    io_uring_cq_advance(&ring, taken);
  }
  io_uring_queue_exit(&ring);
}
