// SPDX-License-Identifier: MIT
// The echo server over TLS 1.3: what does a connection that waits hold?
// Usage: bench-tls_echo DIRECTORY CONNECTIONS     DIRECTORY has server.pem and server.key
#include <cstdio>
#include <cstdlib>
#include <string>

#include <fairlead/fairlead.hpp>

#include "support/tls_server.hpp"

using namespace fairlead;

task<result<void>> echo(const tls_server& server, tcp_stream tcp) {
  auto peer = co_await or_return(server.accept(std::move(tcp)));
  for (;;) {
    const loan heard = co_await or_return(peer.recv());
    if (heard.empty()) co_return {};
    co_await or_return(peer.send(heard));
  }
}

task<result<void>> serve(tcp_listener& listener, const tls_server& server, int connections) {
  scope clients;
  for (int i = 0; i < connections; ++i) clients.spawn(echo(server, co_await or_return(listener.accept())));
  co_return co_await clients.join();
}

int main(int count, char** arguments) {
  if (count < 3) return std::fputs("usage: bench-tls_echo DIRECTORY CONNECTIONS\n", stderr), 2;
  const std::string directory = arguments[1];
  auto here = open_tls_service(directory);
  if (!here) return complain(here.error());
  const result<void> served = run(serve(here->listener, here->server, std::atoi(arguments[2])));
  return served ? 0 : complain(served.error());
}
