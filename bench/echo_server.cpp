// SPDX-License-Identifier: MIT
// A TCP echo server with coroutines, as anybody would write it: one task for each connection. The programs
// in peers/ do the same on other libraries. Prints the port it listens on, serves as many connections as it
// is told, and ends when they have all been closed.
// Usage: bench-echo_server [CONNECTIONS]
#include <array>
#include <cstdio>
#include <cstdlib>

#include <fairlead/fairlead.hpp>

using namespace fairlead;

task<result<void>> echo(tcp_stream peer) {
  std::array<std::byte, 4096> buffer;
  for (;;) {
    const std::size_t n = co_await or_return(peer.recv(buffer));
    if (n == 0) co_return {};
    co_await or_return(peer.send(std::span(buffer).first(n)));
  }
}

task<result<void>> serve(tcp_listener listener, int connections) {
  scope clients;
  for (int i = 0; i < connections; ++i) clients.spawn(echo(co_await or_return(listener.accept())));
  co_return co_await clients.join();
}

int main(int count, char** arguments) {
  const int connections = count > 1 ? std::atoi(arguments[1]) : 20;
  auto listener = tcp_listener::listen({ipv4_address::loopback(), port(0)});
  if (!listener) return std::puts(listener.error().message().c_str()), 1;
  std::printf("%u\n", unsigned{listener->local_endpoint()->ip().port().number()});
  std::fflush(stdout);
  if (auto served = run(serve(std::move(*listener), connections)); !served) {
    return std::fprintf(stderr, "%s\n", served.error().message().c_str()), 1;
  }
}
