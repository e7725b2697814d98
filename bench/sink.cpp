// SPDX-License-Identifier: MIT
// Receives one TCP stream to its end and tells the sender how many bytes came, and the sum of every 4096th.
// With "wait" as argument on blocking waits, otherwise in a coroutine. Usage: bench-sink [wait]
#include <cstdio>
#include <memory>

#include <fairlead/fairlead.hpp>

using namespace fairlead;

struct report {
  std::uint64_t bytes = 0;
  std::uint64_t sum = 0;
  void add(std::span<const unsigned char> piece) {
    for (std::size_t i = (4096 - bytes % 4096) % 4096; i < piece.size(); i += 4096) sum += piece[i];
    bytes += piece.size();
  }
};

task<result<void>> drain(tcp_listener& listener) {
  auto peer = co_await or_return(listener.accept());
  constexpr std::size_t size = 128 * 1024;
  const auto buffer = std::make_unique<unsigned char[]>(size);
  report came;
  while (const std::size_t n = co_await or_return(peer.recv(std::span(buffer.get(), size)))) {
    came.add({buffer.get(), n});
  }
  co_await or_return(peer.send(std::as_bytes(std::span(&came, 1))));
  co_return {};
}

int main(int count, char**) {
  auto listener = tcp_listener::listen({ipv4_address::loopback(), port(0)});
  if (!listener) return std::puts(listener.error().message().c_str()), 1;
  std::printf("%u\n", unsigned{listener->local_endpoint()->ip().port().number()});
  std::fflush(stdout);
  const auto done = count > 1 ? drain(*listener).wait() : run(drain(*listener));
  if (!done) return std::fprintf(stderr, "%s\n", done.error().message().c_str()), 1;
}
