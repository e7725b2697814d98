// SPDX-License-Identifier: MIT
// Measures round trips over one connection to an echo server: send, sleep in recv until the answer is there,
// again. After a tenth of the time for warming up, notes every round trip of the rest. Usage:
// bench-client-latency BYTES MILLISECONDS -- SERVER... Prints lines "metric unit better value" for
// bench/support/pairs.sh.
#include <vector>

#include "../support/percentiles.hpp"
#include "drive.hpp"

namespace {

// Sends `message` and waits until the same has come back.
void round_trip(int fd, const std::vector<char>& message, std::vector<char>& answer) {
  if (send(fd, message.data(), message.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(message.size())) {
    drive::give_up("send");
  }
  for (std::size_t come = 0; come < message.size();) {
    const ssize_t n = recv(fd, answer.data() + come, message.size() - come, 0);
    if (n <= 0) drive::give_up("recv");
    come += static_cast<std::size_t>(n);
  }
  if (answer != message) drive::give_up("the echo is not what was sent");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return std::fputs("usage: bench-client-latency BYTES MILLISECONDS -- SERVER...\n", stderr), 2;
  const double span = std::atof(argv[2]) / 1000;
  drive::server server(argv + 4);
  const int fd = server.connect();
  const timeval patience{5, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::vector<char> message(static_cast<std::size_t>(std::atoi(argv[1])), 'a');
  std::vector<char> answer(message.size());

  std::vector<double> took;
  took.reserve(1000000);
  const double begin = drive::now();
  double at = begin;
  double cpu = 0;
  double disturbed = 0;
  while (at < begin + span * 1.1) {
    message.front() = static_cast<char>('a' + took.size() % 26);
    round_trip(fd, message, answer);
    const double next = drive::now();
    if (next < begin + span * 0.1) {
      cpu = server.cpu();
      disturbed = server.disturbed();
    } else {
      took.push_back(next - at);
    }
    at = next;
  }
  cpu = server.cpu() - cpu;
  std::printf("disturbed share - %.4f\n", (server.disturbed() - disturbed) / span);
  if (!print_percentiles(took)) return 1;
  std::printf("server-cpu µs/message less %.3f\n", cpu / static_cast<double>(took.size()) * 1e6);
}
