// SPDX-License-Identifier: MIT
// Measures a relay, being both its ends: one stream goes through it, as fast as it takes it. What comes out
// must be as long as what went in, and every 4096th byte is looked at. The word TARGET in the command is
// replaced with the port that the relay shall connect to. Usage: bench-client-relay MILLISECONDS -- RELAY...
// Prints lines "metric unit better value" for bench/support/pairs.sh.
#include <fcntl.h>
#include <vector>

#include "relayed.hpp"

namespace {

// What the stream has at a place: different in each of its pages.
char content(unsigned long long at) { return static_cast<char>(at / 4096 * 2654435761U >> 16); }

class stream {
 public:
  stream(int in, int out) : in_(in), out_(out), block_(128 * 1024), got_(512 * 1024) {
    fcntl(in_, F_SETFL, O_NONBLOCK);
    fcntl(out_, F_SETFL, O_NONBLOCK);
  }
  /// Sends until `end`, or until all has come that was sent.
  void run(double end, bool sending) {
    while (sending ? drive::now() < end : came_ < sent_) {
      const bool gave = sending && give();
      if (take() || gave) continue;
      if (!sending && drive::now() > end) drive::give_up("the rest does not come");
      pollfd ready[2] = {{out_, POLLIN, 0}, {sending ? in_ : -1, POLLOUT, 0}};
      if (poll(ready, 2, 5000) <= 0) drive::give_up("nothing moves");
    }
  }
  [[nodiscard]] unsigned long long came() const { return came_; }

 private:
  bool give() {
    if (at_ == 0) {
      for (std::size_t i = 0; i < block_.size(); i += 4096) {
        std::memset(block_.data() + i, content(sent_ + i), 1);
      }
    }
    const ssize_t n = send(in_, block_.data() + at_, block_.size() - at_, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN) drive::give_up("send");
    if (n <= 0) return false;
    sent_ += static_cast<unsigned long long>(n);
    at_ = (at_ + static_cast<std::size_t>(n)) % block_.size();
    return true;
  }
  bool take() {
    const ssize_t n = recv(out_, got_.data(), got_.size(), 0);
    if (n == 0 || (n < 0 && errno != EAGAIN)) drive::give_up("recv");
    if (n < 0) return false;
    const auto got = static_cast<std::size_t>(n);
    for (std::size_t i = (4096 - came_ % 4096) % 4096; i < got; i += 4096) {
      if (got_[i] != content(came_ + i)) drive::give_up("what comes is not what was sent");
    }
    came_ += got;
    if (came_ > sent_) drive::give_up("more came than was sent");
    return true;
  }

  int in_;
  int out_;
  std::vector<char> block_;
  std::vector<char> got_;
  std::size_t at_ = 0;  // in the block
  unsigned long long sent_ = 0;
  unsigned long long came_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return std::fputs("usage: bench-client-relay MILLISECONDS -- RELAY...\n", stderr), 2;
  const double span = std::atof(argv[1]) / 1000;
  drive::relay relay(argv + 3);
  const auto [near, far] = relay.connect();
  stream through(near, far);
  through.run(drive::now() + span / 10, true);

  const double begin = drive::now();
  const double cpu = relay.cpu();
  const double disturbed = relay.disturbed();
  const unsigned long long before = through.came();
  through.run(begin + span, true);
  const double took = drive::now() - begin;
  const double used = relay.cpu() - cpu;
  std::printf("disturbed share - %.4f\n", (relay.disturbed() - disturbed) / took);
  const auto bytes = static_cast<double>(through.came() - before);
  through.run(drive::now() + 5, false);
  std::printf("rate GB/s more %.3f\n", bytes / took / 1e9);
  std::printf("relay-cpu s/GB less %.4f\n", used / bytes * 1e9);
}
