// SPDX-License-Identifier: MIT
// The echo server with lent buffers: a connection that waits holds no memory for what may come.
// Usage: bench-echo_loans [CONNECTIONS]
#include <cstdio>
#include <cstdlib>

#include <fairlead/fairlead.hpp>

using namespace fairlead;

task<result<void>> echo(tcp_stream peer) {
  for (;;) {
    const loan heard = co_await or_return(peer.recv());
    if (heard.empty()) co_return {};
    co_await or_return(peer.send(heard));
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
