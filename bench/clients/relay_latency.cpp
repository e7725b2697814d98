// SPDX-License-Identifier: MIT
// Measures round trips through a relay, being both its ends: a message goes in, comes out, goes back in and
// comes out where it began; then the next. Whoever waits for it sleeps in recv. After a tenth of the time for
// warming up, notes every round trip of the rest. Usage: bench-client-relay_latency BYTES MILLISECONDS --
// RELAY... Prints lines "metric unit better value" for bench/support/pairs.sh.
#include "relayed.hpp"
#include "round_trips.hpp"

int main(int argc, char** argv) {
  if (argc < 5) {
    return std::fputs("usage: bench-client-relay_latency BYTES MILLISECONDS -- RELAY...\n", stderr), 2;
  }
  drive::relay relay(argv + 4);
  const drive::relay::ends at = relay.connect();
  for (const int fd : {at.near, at.far}) drive::be_patient_with(fd);
  return drive::measure(relay, "relay", static_cast<std::size_t>(std::atoi(argv[1])),
                        std::atof(argv[2]) / 1000, [&](const auto& message, auto& got) {
                          drive::pass(at.near, at.far, message, got);
                          drive::pass(at.far, at.near, message, got);
                        });
}
