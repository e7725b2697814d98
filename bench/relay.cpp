// SPDX-License-Identifier: MIT
// A TCP relay: every client gets a connection of its own to the target, and all bytes pass both ways.
// Usage: bench-relay TARGET_PORT     prints the port it listens on, and serves until it is ended
#include <cstdio>
#include <cstdlib>

#include <fairlead/fairlead.hpp>

using namespace fairlead;

task<> relay(tcp_stream client, port target) {
  auto server = co_await tcp_stream::connect({ipv4_address::loopback(), target});
  if (!server) co_return;
  (void)client.set(option::no_delay(true));
  (void)server->set(option::no_delay(true));
  (void)co_await copy_both(client, *server, {.piece = 256 * 1024});
}

task<result<void>> serve(tcp_listener& listener, port target) {
  scope clients;
  for (;;) clients.spawn(relay(co_await or_return(listener.accept()), target));
}

int main(int count, char** arguments) {
  if (count < 2) return std::fputs("usage: bench-relay TARGET_PORT\n", stderr), 2;
  auto listener = tcp_listener::listen({ipv4_address::loopback(), port(0)});
  if (!listener) return std::puts(listener.error().message().c_str()), 1;
  std::printf("%u\n", unsigned{listener->local_endpoint()->ip().port().number()});
  std::fflush(stdout);
  const auto done = run(serve(*listener, port(static_cast<std::uint16_t>(std::atoi(arguments[1])))));
  if (!done) return std::fprintf(stderr, "%s\n", done.error().message().c_str()), 1;
}
