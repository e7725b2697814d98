// SPDX-License-Identifier: MIT
// A TCP relay on epoll and splice(2), through a pipe of 1 MiB for each direction: no byte is copied. The
// argument is that of bench/relay.cpp.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace {

constexpr int pipe_size = 1 << 20;

struct direction {
  int from;
  int to;
  int pipe[2];
  ssize_t held = 0;  // bytes in the pipe
  bool ended = false;
  bool over = false;
};

struct pair {
  direction there, back;
  bool failed = false;
};
// One of the two connections of a pair: what comes on it goes one way, and its room is for the other.
struct end {
  pair* of;
  bool near;
  [[nodiscard]] direction& in() const { return near ? of->there : of->back; }
  [[nodiscard]] direction& out() const { return near ? of->back : of->there; }
};

direction make(int from, int to) {
  direction d{from, to, {}};
  if (pipe2(d.pipe, O_NONBLOCK) != 0) perror("pipe"), exit(1);
  fcntl(d.pipe[1], F_SETPIPE_SZ, pipe_size);
  return d;
}

// Moves what can be moved. False if the connection has failed.
bool move(direction& d) {
  while (!d.over) {
    bool moved = false;
    if (!d.ended && d.held < pipe_size) {
      const ssize_t n = splice(d.from, nullptr, d.pipe[1], nullptr, static_cast<size_t>(pipe_size - d.held),
                               SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
      if (n < 0 && errno != EAGAIN) return false;
      if (n == 0) d.ended = true;
      if (n > 0) d.held += n, moved = true;
    }
    if (d.held > 0) {
      const ssize_t n = splice(d.pipe[0], nullptr, d.to, nullptr, static_cast<size_t>(d.held),
                               SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
      if (n < 0 && errno != EAGAIN) return false;
      if (n > 0) d.held -= n, moved = true;
    }
    if (d.ended && d.held == 0) d.over = true, shutdown(d.to, SHUT_WR);
    if (!moved) return true;
  }
  return true;
}

int connect_to(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<in_port_t>(port));
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return close(fd), -1;
  return fd;
}

void watch(int epoll, int fd, end* of) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  epoll_event e{};
  e.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  e.data.ptr = of;
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
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
  event.data.ptr = nullptr;
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    epoll_event ready[128];
    const int n = epoll_wait(epoll, ready, 128, -1);
    for (int i = 0; i < n; ++i) {
      auto* const e = static_cast<end*>(ready[i].data.ptr);
      if (e == nullptr) {
        const int client = accept(listener, nullptr, nullptr);
        if (client < 0) continue;
        const int server = connect_to(atoi(argv[1]));
        if (server < 0) {
          close(client);
          continue;
        }
        auto* const made = new pair{make(client, server), make(server, client)};
        watch(epoll, client, new end{made, true});
        watch(epoll, server, new end{made, false});
        continue;
      }
      // What failed or is through stays until the program ends: it serves a measurement.
      if (e->of->failed) continue;
      const unsigned events = ready[i].events;
      bool fine = true;
      if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) fine = move(e->in());
      if (fine && (events & EPOLLOUT) != 0 && e->out().held > 0) fine = move(e->out());
      e->of->failed = !fine;
    }
  }
}
