// SPDX-License-Identifier: MIT
// Measures round trips through a relay, being both its ends: a message goes in, comes out, goes back in and
// comes out where it began; then the next. Whoever waits for it sleeps in recv. After a tenth of the time for
// warming up, notes every round trip of the rest. Usage: bench-client-relay_latency BYTES MILLISECONDS --
// RELAY... Prints lines "metric unit better value" for bench/support/pairs.sh.
#include <vector>

#include "../support/percentiles.hpp"
#include "relayed.hpp"

namespace {

void pass(int from, int to, const std::vector<char>& message, std::vector<char>& got) {
  if (send(from, message.data(), message.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(message.size())) {
    drive::give_up("send");
  }
  for (std::size_t come = 0; come < message.size();) {
    const ssize_t n = recv(to, got.data() + come, message.size() - come, 0);
    if (n <= 0) drive::give_up("recv");
    come += static_cast<std::size_t>(n);
  }
  if (got != message) drive::give_up("what came is not what was sent");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    return std::fputs("usage: bench-client-relay_latency BYTES MILLISECONDS -- RELAY...\n", stderr), 2;
  }
  const double span = std::atof(argv[2]) / 1000;
  drive::relay relay(argv + 4);
  const auto [near, far] = relay.connect();
  for (const int fd : {near, far}) {
    const timeval patience{5, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  std::vector<char> message(static_cast<std::size_t>(std::atoi(argv[1])), 'a');
  std::vector<char> got(message.size());

  std::vector<double> took;
  took.reserve(1000000);
  const double begin = drive::now();
  double at = begin;
  double cpu = 0;
  double disturbed = 0;
  while (at < begin + span * 1.1) {
    message.front() = static_cast<char>('a' + took.size() % 26);
    pass(near, far, message, got);
    pass(far, near, message, got);
    const double next = drive::now();
    if (next < begin + span * 0.1) {
      cpu = relay.cpu();
      disturbed = relay.disturbed();
    } else {
      took.push_back(next - at);
    }
    at = next;
  }
  cpu = relay.cpu() - cpu;
  std::printf("disturbed share - %.4f\n", (relay.disturbed() - disturbed) / span);
  if (!print_percentiles(took)) return 1;
  std::printf("relay-cpu µs/message less %.3f\n", cpu / static_cast<double>(took.size()) * 1e6);
}
