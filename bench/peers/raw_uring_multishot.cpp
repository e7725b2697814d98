// SPDX-License-Identifier: MIT
// The echo server on liburing as its author recommends: one multishot receive for each connection, which
// takes its buffers from a ring that all share, multishot accept, one system call a turn.
#include <arpa/inet.h>
#include <liburing.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace {

constexpr unsigned buffers = 4096;  // a power of two, and more than the connections that can be ready at once
constexpr unsigned bytes = 2048;
io_uring ring;
io_uring_buf_ring* lent;
char* memory;

enum class kind : unsigned { accepting, receiving, sending };
// What a completion needs to know in the 64 bits that the kernel carries: kind, buffer, descriptor.
unsigned long long tag(kind k, int fd, unsigned buffer = 0) {
  return static_cast<unsigned long long>(k) << 48 | static_cast<unsigned long long>(buffer) << 32 |
         static_cast<unsigned>(fd);
}

io_uring_sqe* entry() {
  io_uring_sqe* e = io_uring_get_sqe(&ring);
  while (e == nullptr) {
    io_uring_submit(&ring);
    e = io_uring_get_sqe(&ring);
  }
  return e;
}
void accept_all(int listener) {
  io_uring_sqe* const e = entry();
  io_uring_prep_multishot_accept(e, listener, nullptr, nullptr, 0);
  e->user_data = tag(kind::accepting, listener);
}
void receive(int fd) {
  io_uring_sqe* const e = entry();
  io_uring_prep_recv_multishot(e, fd, nullptr, 0, 0);
  e->flags |= IOSQE_BUFFER_SELECT;
  e->buf_group = 0;
  e->user_data = tag(kind::receiving, fd);
}
void give_back(unsigned buffer) {
  io_uring_buf_ring_add(lent, memory + std::size_t{buffer} * bytes, bytes,
                        static_cast<unsigned short>(buffer), io_uring_buf_ring_mask(buffers), 0);
  io_uring_buf_ring_advance(lent, 1);
}

bool set_up() {
  io_uring_params p{};
  p.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE;
  p.cq_entries = 16384;
  if (io_uring_queue_init_params(1024, &ring, &p) != 0) return false;
  io_uring_register_ring_fd(&ring);
  const auto map = [](std::size_t size) {
    return mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  };
  lent = static_cast<io_uring_buf_ring*>(map(buffers * sizeof(io_uring_buf)));
  memory = static_cast<char*>(map(std::size_t{buffers} * bytes));
  io_uring_buf_reg group{};
  group.ring_addr = reinterpret_cast<unsigned long long>(lent);
  group.ring_entries = buffers;
  if (io_uring_register_buf_ring(&ring, &group, 0) != 0) return false;
  io_uring_buf_ring_init(lent);
  for (unsigned i = 0; i < buffers; ++i) give_back(i);
  return true;
}

}  // namespace

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
  if (!set_up()) return fputs("no io_uring with buffer rings here\n", stderr), 1;
  printf("%u\n", unsigned{ntohs(address.sin_port)});
  fflush(stdout);

  accept_all(listener);
  while (left > 0) {
    io_uring_submit_and_wait(&ring, 1);
    unsigned head = 0;
    unsigned taken = 0;
    io_uring_cqe* done = nullptr;
    io_uring_for_each_cqe(&ring, head, done) {
      ++taken;
      const auto what = static_cast<kind>(done->user_data >> 48);
      const int fd = static_cast<int>(done->user_data & 0xffffffffU);
      const bool over = (done->flags & IORING_CQE_F_MORE) == 0;
      if (what == kind::accepting) {
        if (done->res >= 0) receive(done->res);
        if (over) accept_all(listener);
      } else if (what == kind::sending) {
        give_back(static_cast<unsigned>(done->user_data >> 32) & 0xffffU);
      } else if (done->res > 0) {
        const unsigned buffer = done->flags >> IORING_CQE_BUFFER_SHIFT;
        io_uring_sqe* const e = entry();
        io_uring_prep_send(e, fd, memory + std::size_t{buffer} * bytes, static_cast<size_t>(done->res),
                           MSG_NOSIGNAL);
        e->user_data = tag(kind::sending, fd, buffer);
        if (over) receive(fd);
      } else if (done->res == -ENOBUFS) {
        receive(fd);
      } else {
        close(fd);
        --left;
      }
    }
    io_uring_cq_advance(&ring, taken);
  }
  io_uring_queue_exit(&ring);
}
