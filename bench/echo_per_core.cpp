// SPDX-License-Identifier: MIT
// The echo server on several loops, each on a thread of its own with a listener of its own at the same port:
// the kernel spreads the connections over them. Serves until it is ended. Usage: bench-echo_per_core LOOPS
// STEPS     STEPS of work for each message: see bench/support/work.hpp
#include <array>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <fairlead/fairlead.hpp>

#include "support/work.hpp"

using namespace fairlead;

task<result<void>> echo(tcp_stream peer, long steps) {
  std::array<std::byte, 4096> buffer;
  std::uint64_t worked = 0;
  for (;;) {
    const std::size_t n = co_await or_return(peer.recv(buffer));
    if (n == 0) co_return {};
    if (steps > 0) {
      worked = work(worked + n, steps);
      if (worked == 0) co_return {};  // so that it cannot be left out
    }
    co_await or_return(peer.send(std::span(buffer).first(n)));
  }
}

task<result<void>> serve(tcp_listener& listener, long steps) {
  scope clients;
  for (;;) clients.spawn(echo(co_await or_return(listener.accept()), steps));
}

int main(int count, char** arguments) {
  if (count < 3) return std::fputs("usage: bench-echo_per_core LOOPS STEPS\n", stderr), 2;
  const auto loops = static_cast<unsigned>(std::atoi(arguments[1]));
  const long steps = std::atol(arguments[2]);
  ip_endpoint where(ipv4_address::loopback(), 0);
  std::vector<tcp_listener> listeners;
  for (unsigned i = 0; i < loops; ++i) {
    auto listener = tcp_listener::listen(where, option::reuse_port(true));
    if (!listener) return std::fprintf(stderr, "%s\n", listener.error().message().c_str()), 1;
    where = listener->local_endpoint()->ip();  // the first takes any free port, the others the same
    listeners.push_back(std::move(*listener));
  }
  std::printf("%u\n", unsigned{where.port().number()});
  std::fflush(stdout);
  const auto done = run_per_core([&](unsigned core) { return serve(listeners[core], steps); }, loops);
  if (!done) return std::fprintf(stderr, "%s\n", done.error().message().c_str()), 1;
}
