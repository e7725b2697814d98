// SPDX-License-Identifier: MIT
// Measures an echo server. On each connection one message is under way at any time, sent as soon as the last
// one has come back whole and the same. After a tenth of the time for warming up, counts for the rest of it.
// Usage: bench-client-echo CONNECTIONS BYTES MILLISECONDS [anywhere] -- SERVER...
// With "anywhere" neither is pinned to a core.
// Prints lines "metric unit better value" for bench/support/pairs.sh.
#include <fcntl.h>
#include <sys/epoll.h>

#include <vector>

#include "drive.hpp"

namespace {

struct connection {
  int fd;
  unsigned number;  // of the message that is under way
  std::size_t come;
};

class load {
 public:
  load(const drive::server& to, int connections, std::size_t bytes)
      : connections_(static_cast<std::size_t>(connections)), message_(bytes), answer_(bytes) {
    for (connection& c : connections_) {
      c = {to.connect(static_cast<int>(&c - connections_.data())), 0, 0};
      fcntl(c.fd, F_SETFL, O_NONBLOCK);
      epoll_event e{};
      e.events = EPOLLIN;
      e.data.ptr = &c;
      epoll_ctl(epoll_, EPOLL_CTL_ADD, c.fd, &e);
    }
    for (connection& c : connections_) speak(c);
  }

  /// Messages that came back until the clock says `end`; at least one, on however busy a machine.
  long run_until(double end) {
    long done = 0;
    while (done == 0 || drive::now() < end) {
      epoll_event ready[256];
      // The time limit is for a server that has stopped answering.
      const int n = epoll_wait(epoll_, ready, 256, 5000);
      if (n <= 0) drive::give_up("no answer");
      for (int i = 0; i < n; ++i) done += hear(*static_cast<connection*>(ready[i].data.ptr));
    }
    return done;
  }

 private:
  // Every message is different: its number, and the connection's, at its beginning; its end is the same as
  // that.
  void compose(const connection& c) {
    const unsigned head[2] = {c.number, static_cast<unsigned>(c.fd)};
    std::memcpy(message_.data(), head, message_.size() < sizeof head ? message_.size() : sizeof head);
    message_.back() = message_.front();
  }
  void speak(connection& c) {
    ++c.number;
    c.come = 0;
    compose(c);
    if (send(c.fd, message_.data(), message_.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(message_.size())) {
      drive::give_up("send");
    }
  }
  int hear(connection& c) {
    compose(c);
    const ssize_t n = recv(c.fd, answer_.data(), message_.size() - c.come, 0);
    if (n <= 0 || std::memcmp(answer_.data(), message_.data() + c.come, static_cast<std::size_t>(n)) != 0) {
      drive::give_up("the echo is not what was sent");
    }
    c.come += static_cast<std::size_t>(n);
    if (c.come < message_.size()) return 0;
    speak(c);
    return 1;
  }

  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::vector<connection> connections_;
  std::vector<char> message_;
  std::vector<char> answer_;
};

}  // namespace

int main(int argc, char** argv) {
  const bool anywhere = argc > 4 && std::strcmp(argv[4], "anywhere") == 0;
  char** const command = argv + (anywhere ? 6 : 5);
  if (command >= argv + argc) {
    return std::fputs("usage: bench-client-echo CONNECTIONS BYTES MILLISECONDS [anywhere] -- SERVER...\n",
                      stderr),
           2;
  }
  const double span = std::atof(argv[3]) / 1000;
  drive::allow_many_descriptors();
  drive::server server(command, anywhere ? drive::server::place::anywhere : drive::server::place::first_core);
  load messages(server, std::atoi(argv[1]), static_cast<std::size_t>(std::atoi(argv[2])));
  messages.run_until(drive::now() + span / 10);

  const double begin = drive::now();
  const double cpu = server.cpu();
  const double disturbed = server.disturbed();
  const double own = drive::seconds(CLOCK_PROCESS_CPUTIME_ID);
  const long count = messages.run_until(begin + span);
  const double took = drive::now() - begin;
  const double used = server.cpu() - cpu;
  const auto done = static_cast<double>(count);
  std::printf("rate messages/s more %.0f\n", done / took);
  std::printf("server-cpu µs/message less %.4f\n", used / done * 1e6);
  // Unpinned they wait for each other.
  if (!anywhere) std::printf("disturbed share - %.4f\n", (server.disturbed() - disturbed) / took);
  std::printf("client-busy share - %.3f\n", (drive::seconds(CLOCK_PROCESS_CPUTIME_ID) - own) / took);
}
