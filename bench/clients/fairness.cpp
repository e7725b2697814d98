// SPDX-License-Identifier: MIT
// Measures how evenly an echo server treats its connections under full load: each has one message under way
// at any time, sent as soon as the last one came back whole and the same, and notes how long each took.
// Usage: bench-client-fairness CONNECTIONS BYTES MILLISECONDS -- SERVER... Prints lines "metric unit better
// value" for bench/support/pairs.sh.
#include <fcntl.h>
#include <sys/epoll.h>

#include <vector>

#include "../support/percentiles.hpp"
#include "drive.hpp"

namespace {

struct connection {
  int fd;
  unsigned number;
  std::size_t come;
  double sent;
  std::vector<double> took;
};

class load {
 public:
  load(const drive::server& to, int connections, std::size_t bytes)
      : connections_(static_cast<std::size_t>(connections)), message_(bytes), answer_(bytes) {
    for (connection& c : connections_) {
      c.fd = to.connect(static_cast<int>(&c - connections_.data()));
      fcntl(c.fd, F_SETFL, O_NONBLOCK);
      epoll_event e{};
      e.events = EPOLLIN;
      e.data.ptr = &c;
      epoll_ctl(epoll_, EPOLL_CTL_ADD, c.fd, &e);
    }
    for (connection& c : connections_) speak(c);
  }

  void run_until(double end, bool noting) {
    while (drive::now() < end) {
      epoll_event ready[256];
      const int n = epoll_wait(epoll_, ready, 256, 5000);
      if (n <= 0) drive::give_up("no answer");
      for (int i = 0; i < n; ++i) hear(*static_cast<connection*>(ready[i].data.ptr), noting);
    }
  }

  std::vector<connection>& connections() { return connections_; }

 private:
  void compose(const connection& c) {
    std::memset(message_.data(), static_cast<int>('a' + c.number % 26), message_.size());
    std::memcpy(message_.data(), &c.number, sizeof c.number);
    message_.back() = static_cast<char>(c.fd);
  }
  void speak(connection& c) {
    ++c.number;
    c.come = 0;
    compose(c);
    c.sent = drive::now();
    if (send(c.fd, message_.data(), message_.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(message_.size())) {
      drive::give_up("send");
    }
  }
  void hear(connection& c, bool noting) {
    compose(c);
    const ssize_t n = recv(c.fd, answer_.data(), message_.size() - c.come, 0);
    if (n <= 0 || std::memcmp(answer_.data(), message_.data() + c.come, static_cast<std::size_t>(n)) != 0) {
      drive::give_up("the echo is not what was sent");
    }
    c.come += static_cast<std::size_t>(n);
    if (c.come < message_.size()) return;
    if (noting) c.took.push_back(drive::now() - c.sent);
    speak(c);
  }

  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::vector<connection> connections_;
  std::vector<char> message_;
  std::vector<char> answer_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    return std::fputs("usage: bench-client-fairness CONNECTIONS BYTES MILLISECONDS -- SERVER...\n", stderr),
           2;
  }
  const double span = std::atof(argv[3]) / 1000;
  drive::allow_many_descriptors();
  drive::server server(argv + 5);
  load all(server, std::atoi(argv[1]), static_cast<std::size_t>(std::atoi(argv[2])));
  all.run_until(drive::now() + span / 10, false);
  const double begin = drive::now();
  const double disturbed = server.disturbed();
  all.run_until(begin + span, true);
  std::printf("disturbed share - %.4f\n", (server.disturbed() - disturbed) / (drive::now() - begin));

  std::vector<double> p99;
  double served = 0;
  for (connection& c : all.connections()) {
    if (c.took.size() < 100) return std::fputs("too few round trips on one of the connections\n", stderr), 1;
    std::sort(c.took.begin(), c.took.end());
    p99.push_back(percentile(c.took, 0.99));
    served += static_cast<double>(c.took.size());
  }
  std::sort(p99.begin(), p99.end());
  std::printf("median-p99 µs less %.1f\n", percentile(p99, 0.5) * 1e6);
  std::printf("slowest-p99 µs less %.1f\n", p99.back() * 1e6);
  std::printf("slowest/median ratio less %.3f\n", p99.back() / percentile(p99, 0.5));
  std::printf("rate messages/s - %.0f\n", served / span);
}
