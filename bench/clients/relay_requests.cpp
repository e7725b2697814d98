// SPDX-License-Identifier: MIT
// Measures a relay with small messages, being both its ends: on each connection one message is under way at
// any time, through the relay and back through it. Every byte is compared, on the far end, too. Usage:
// bench-client-relay_requests CONNECTIONS BYTES MILLISECONDS -- RELAY... Prints lines "metric unit better
// value" for bench/support/pairs.sh.
#include <fcntl.h>
#include <sys/epoll.h>

#include <vector>

#include "relayed.hpp"

namespace {

struct conversation;
struct end {
  int fd;
  bool near;
  std::size_t come;
  conversation* of;
};
struct conversation {
  end near;
  end far;
  unsigned number;
};

class load {
 public:
  load(const drive::relay& through, int connections, std::size_t bytes)
      : all_(static_cast<std::size_t>(connections)), message_(bytes), got_(bytes) {
    for (conversation& c : all_) {
      const auto ends = through.connect();
      c = {{ends.near, true, 0, &c}, {ends.far, false, 0, &c}, 0};
      watch(c.near);
      watch(c.far);
    }
    for (conversation& c : all_) speak(c);
  }

  /// Messages that came back until the clock says `end`.
  long run_until(double until) {
    long done = 0;
    while (drive::now() < until) {
      epoll_event ready[256];
      const int n = epoll_wait(epoll_, ready, 256, 5000);
      if (n <= 0) drive::give_up("no answer");
      for (int i = 0; i < n; ++i) done += hear(*static_cast<end*>(ready[i].data.ptr));
    }
    return done;
  }

 private:
  void watch(end& e) {
    fcntl(e.fd, F_SETFL, O_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &e;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, e.fd, &event);
  }
  void compose(const conversation& c) {
    std::memset(message_.data(), static_cast<int>('a' + c.number % 26), message_.size());
    const unsigned head[2] = {c.number, static_cast<unsigned>(c.near.fd)};
    std::memcpy(message_.data(), head, message_.size() < sizeof head ? message_.size() : sizeof head);
  }
  void say(int fd) {
    if (send(fd, message_.data(), message_.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(message_.size())) {
      drive::give_up("send");
    }
  }
  void speak(conversation& c) {
    ++c.number;
    compose(c);
    say(c.near.fd);
  }
  int hear(end& e) {
    compose(*e.of);
    const ssize_t n = recv(e.fd, got_.data(), message_.size() - e.come, 0);
    if (n <= 0 || std::memcmp(got_.data(), message_.data() + e.come, static_cast<std::size_t>(n)) != 0) {
      drive::give_up("what came is not what was sent");
    }
    e.come += static_cast<std::size_t>(n);
    if (e.come < message_.size()) return 0;
    e.come = 0;
    if (!e.near) return say(e.fd), 0;
    speak(*e.of);
    return 1;
  }

  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::vector<conversation> all_;
  std::vector<char> message_;
  std::vector<char> got_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    return std::fputs("usage: bench-client-relay_requests CONNECTIONS BYTES MILLISECONDS -- RELAY...\n",
                      stderr),
           2;
  }
  const double span = std::atof(argv[3]) / 1000;
  drive::relay relay(argv + 5);
  load messages(relay, std::atoi(argv[1]), static_cast<std::size_t>(std::atoi(argv[2])));
  messages.run_until(drive::now() + span / 10);

  const double begin = drive::now();
  const double cpu = relay.cpu();
  const double disturbed = relay.disturbed();
  const auto done = static_cast<double>(messages.run_until(begin + span));
  const double took = drive::now() - begin;
  if (done < 1) return std::fputs("no message came back\n", stderr), 1;
  std::printf("rate messages/s more %.0f\n", done / took);
  std::printf("relay-cpu µs/message less %.4f\n", (relay.cpu() - cpu) / done * 1e6);
  std::printf("disturbed share - %.4f\n", (relay.disturbed() - disturbed) / took);
}
