// SPDX-License-Identifier: MIT
// A TCP server: gives each of its clients back whatever that one sends, until it is interrupted.
//   tcp_echo_server [ADDRESS]     for instance: tcp_echo_server 127.0.0.1:7007
#include <array>
#include <iostream>

#include <fairlead/fairlead.hpp>

using namespace fairlead;

task<result<void>> echo(tcp_stream client) {
  std::array<std::byte, 4096> buffer;
  while (const std::size_t n = co_await or_return(client.recv(buffer))) {
    co_await or_return(client.send(std::span(buffer).first(n)));
  }
  co_return {};  // the client has finished sending; closing the connection says that we have, too
}

task<result<void>> accept_all(tcp_listener& listener) {
  scope clients;
  for (;;) {
    result<tcp_stream> client = co_await listener.accept();
    if (client) {
      clients.spawn(echo(std::move(*client)));
    } else if (client.error() == errc::operation_canceled) {
      co_return {};
    } else {  // out of descriptors, say: the client waits in the backlog until another one has gone
      std::cerr << client.error().message() << '\n';
    }
  }
}

task<result<void>> serve(std::string_view address) {
  signal_set quit{signal_number::interrupt, signal_number::terminate};
  const ip_endpoint where = co_await or_return(ip_endpoint::parse(address));
  tcp_listener listener = co_await or_return(tcp_listener::listen(where));
  std::cout << "listening " << to_string(transport::tcp, *listener.local_endpoint()) << std::endl;

  scope server;
  server.spawn(accept_all(listener));
  co_await or_return(quit.next());
  co_return {};  // leaving the scope ends its tasks, and theirs, wherever they wait
}

int main(int argc, char** argv) {
  const result<void> outcome = run(serve(argc > 1 ? argv[1] : "127.0.0.1:0"));
  if (outcome) return 0;
  std::cerr << outcome.error().message() << '\n';
  return outcome.error() == fault::bad_syntax ? 2 : 1;
}
