// SPDX-License-Identifier: MIT
// What the clients that time round trips share: a message on its way, and the measurement.
#pragma once

#include <vector>

#include "../support/percentiles.hpp"
#include "drive.hpp"

namespace drive {

inline void be_patient_with(int fd) {
  const timeval patience{5, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

/// Sends `message` at one socket and sleeps in recv at another, or the same, until it has come.
inline void pass(int from, int to, const std::vector<char>& message, std::vector<char>& got) {
  if (send(from, message.data(), message.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(message.size())) {
    give_up("send");
  }
  for (std::size_t come = 0; come < message.size();) {
    const ssize_t n = recv(to, got.data() + come, message.size() - come, 0);
    if (n <= 0) give_up("recv");
    come += static_cast<std::size_t>(n);
  }
  if (got != message) give_up("what came is not what was sent");
}

/// After a tenth of `span` seconds for warming up, notes every round trip of so long, and prints what they
/// came to and what `measured`, which is called so in the lines, took for them. Gives the status of the
/// program.
template <class Measured, class Round>
int measure(const Measured& measured, const char* name, std::size_t size, double span, Round round) {
  std::vector<char> message(size, 'a');
  std::vector<char> got(size);
  std::vector<double> took;
  took.reserve(1000000);
  const double begin = now();
  double at = begin;
  double cpu = 0;
  double disturbed = 0;
  while (at < begin + span * 1.1) {
    message.front() = static_cast<char>('a' + took.size() % 26);
    round(message, got);
    const double next = now();
    if (next < begin + span * 0.1) {
      cpu = measured.cpu();
      disturbed = measured.disturbed();
    } else {
      took.push_back(next - at);
    }
    at = next;
  }
  cpu = measured.cpu() - cpu;
  std::printf("disturbed share - %.4f\n", (measured.disturbed() - disturbed) / span);
  if (!print_percentiles(took)) return 1;
  std::printf("%s-cpu µs/message less %.3f\n", name, cpu / static_cast<double>(took.size()) * 1e6);
  return 0;
}

}  // namespace drive
