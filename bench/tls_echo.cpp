// SPDX-License-Identifier: MIT
// The echo server over TLS 1.3: what does a connection that waits hold?
// Usage: bench-tls_echo DIRECTORY CONNECTIONS     DIRECTORY has server.pem and server.key
#include <cstdio>
#include <cstdlib>
#include <string>

#include <fairlead/fairlead.hpp>

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

int complain(const error& e) { return std::fprintf(stderr, "%s\n", e.message().c_str()), 1; }

int main(int count, char** arguments) {
  if (count < 3) return std::fputs("usage: bench-tls_echo DIRECTORY CONNECTIONS\n", stderr), 2;
  const std::string directory = arguments[1];
  auto identity = tls_identity::load(directory + "/server.pem", directory + "/server.key");
  if (!identity) return complain(identity.error());
  tls_server_options options;
  options.identities.push_back(*identity);
  const auto server = tls_server::create(std::move(options));
  if (!server) return complain(server.error());
  auto listener = tcp_listener::listen({ipv4_address::loopback(), port(0)});
  if (!listener) return complain(listener.error());
  std::printf("%u\n", unsigned{listener->local_endpoint()->ip().port().number()});
  std::fflush(stdout);
  const result<void> served = run(serve(*listener, *server, std::atoi(arguments[2])));
  return served ? 0 : complain(served.error());
}
