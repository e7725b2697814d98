// SPDX-License-Identifier: MIT
// Measures round trips over one connection to an echo server: send, sleep in recv until the answer is there,
// again. After a tenth of the time for warming up, notes every round trip of the rest. Usage:
// bench-client-latency BYTES MILLISECONDS -- SERVER... Prints lines "metric unit better value" for
// bench/support/pairs.sh.
#include "round_trips.hpp"

int main(int argc, char** argv) {
  if (argc < 5) return std::fputs("usage: bench-client-latency BYTES MILLISECONDS -- SERVER...\n", stderr), 2;
  drive::server server(argv + 4);
  const int fd = server.connect();
  drive::be_patient_with(fd);
  return drive::measure(server, "server", static_cast<std::size_t>(std::atoi(argv[1])),
                        std::atof(argv[2]) / 1000,
                        [&](const auto& message, auto& got) { drive::pass(fd, fd, message, got); });
}
