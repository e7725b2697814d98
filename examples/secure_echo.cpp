// SPDX-License-Identifier: MIT
// TLS, both sides: a server with a certificate that it makes for itself, and a client that trusts exactly
// that one. A real server loads its own: tls_identity::load("cert.pem", "key.pem"); a real client of a
// public server trusts the system's roots, which is what connect() without options does.
#include <array>
#include <iostream>

#include <fairlead/fairlead.hpp>

using namespace fairlead;
using namespace std::chrono_literals;

task<result<void>> echo(tcp_stream client, tls_server how) {
  // A client that says nothing shall not stay for ever.
  auto secured = co_await or_return(how.accept(std::move(client)).within(10s));
  std::array<std::byte, 4096> buffer;
  while (const std::size_t n = co_await or_return(secured.recv(buffer))) {
    co_await or_return(secured.send(std::span(buffer).first(n)));
  }
  co_return co_await secured.shutdown();  // our farewell: without it the client would call the stream cut off
}

task<result<void>> serve(tcp_listener& listener, tls_server how) {
  scope clients;
  for (;;) clients.spawn(echo(co_await or_return(listener.accept()), how));
}

task<result<std::string>> ask(std::string url, client_options how) {
  any_stream server = co_await or_return(connect(std::move(url), std::move(how)).within(5s));
  co_await or_return(server.send("nobody else can read this"));
  co_await or_return(server.shutdown());
  std::string answer;
  std::array<char, 4096> piece;
  while (const std::size_t n = co_await or_return(server.recv(piece))) answer.append(piece.data(), n);
  co_return answer;
}

task<result<void>> converse() {
  tls_server_options showing;
  showing.identities.push_back(co_await or_return(tls_identity::throw_away()));
  tls_client_options trusting;
  trusting.pins.push_back(showing.identities.front().pin());
  client_options how;
  how.tls = co_await or_return(tls_client::create(std::move(trusting)));
  const tls_server secured = co_await or_return(tls_server::create(std::move(showing)));
  tcp_listener listener = co_await or_return(tcp_listener::listen({ipv4_address::loopback(), 0}));
  const std::string url = "tls://localhost:" + listener.local_endpoint()->ip().port().to_string();
  scope server;
  server.spawn(serve(listener, secured));
  std::cout << co_await or_return(ask(url, how)) << '\n';
  const auto stranger = co_await ask(url, client_options());  // trusts the system's roots, and sends nothing
  std::cout << stranger.error().message() << '\n';
  co_return {};
}

int main() {
  const result<void> outcome = run(converse());
  if (!outcome) std::cerr << outcome.error().message() << '\n';
  return outcome ? 0 : 1;
}
