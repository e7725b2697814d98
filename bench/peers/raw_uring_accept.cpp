// SPDX-License-Identifier: MIT
// Gives every connection one byte and closes it, on liburing: multishot accept, then a send and a close that
// are linked; one system call a turn.
#include <arpa/inet.h>
#include <liburing.h>
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
      listen(listener, 4096) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return perror("listen"), 1;
  }
  io_uring ring;
  io_uring_params p{};
  p.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE;
  p.cq_entries = 4096;
  if (io_uring_queue_init_params(512, &ring, &p) != 0) return fputs("no io_uring here\n", stderr), 1;
  io_uring_register_ring_fd(&ring);
  printf("%u\n", unsigned{ntohs(address.sin_port)});
  fflush(stdout);

  constexpr unsigned long long accepting = 1, serving = 2;
  const auto accept_all = [&] {
    io_uring_sqe* const e = io_uring_get_sqe(&ring);
    io_uring_prep_multishot_accept(e, listener, nullptr, nullptr, SOCK_NONBLOCK);
    e->user_data = accepting;
  };
  accept_all();
  for (;;) {
    io_uring_submit_and_wait(&ring, 1);
    unsigned head = 0;
    unsigned taken = 0;
    io_uring_cqe* done = nullptr;
    io_uring_for_each_cqe(&ring, head, done) {
      ++taken;
      if (done->user_data != accepting) continue;
      if (io_uring_sq_space_left(&ring) < 3) io_uring_submit(&ring);
      if (done->res >= 0) {
        io_uring_sqe* const byte = io_uring_get_sqe(&ring);
        io_uring_prep_send(byte, done->res, "x", 1, MSG_NOSIGNAL);
        byte->flags |= IOSQE_IO_LINK | IOSQE_CQE_SKIP_SUCCESS;
        byte->user_data = serving;
        io_uring_sqe* const end = io_uring_get_sqe(&ring);
        io_uring_prep_close(end, done->res);
        end->flags |= IOSQE_CQE_SKIP_SUCCESS;
        end->user_data = serving;
      }
      if ((done->flags & IORING_CQE_F_MORE) == 0) accept_all();
    }
    io_uring_cq_advance(&ring, taken);
  }
}
