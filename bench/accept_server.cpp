// SPDX-License-Identifier: MIT
// Gives every connection one byte and closes it: a task for each, as anybody would write it. Never ends by
// itself.
#include <cstdio>

#include <fairlead/fairlead.hpp>

using namespace fairlead;

task<result<void>> greet(tcp_stream peer) {
  co_await or_return(peer.send("x"));
  co_return {};  // closes it
}

task<result<void>> serve(tcp_listener listener) {
  scope clients;
  for (;;) clients.spawn(greet(co_await or_return(listener.accept())));
}

int main() {
  auto listener = tcp_listener::listen({ipv4_address::loopback(), port(0)});
  if (!listener) return std::puts(listener.error().message().c_str()), 1;
  std::printf("%u\n", unsigned{listener->local_endpoint()->ip().port().number()});
  std::fflush(stdout);
  const auto served = run(serve(std::move(*listener)));
  return std::fprintf(stderr, "%s\n", served.error().message().c_str()), 1;
}
