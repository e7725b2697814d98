// SPDX-License-Identifier: MIT
// A client and a server in one process and on one thread: two coroutines that wait for each other over TCP.
#include <iostream>
#include <string>

#include <fairlead/fairlead.hpp>

using namespace fairlead;

// The server counts the lines that it hears until the client has finished speaking, and answers each.
task<result<void>> host(tcp_listener& listener) {
  tcp_stream guest = co_await or_return(listener.accept());
  buffered_reader lines(guest);
  int heard = 0;
  while (const auto line = co_await or_return(lines.line())) {
    std::cout << "client: " << *line << '\n';
    const std::string answer =
        "I heard \"" + std::string(*line) + "\", that makes " + std::to_string(++heard);
    co_await or_return(guest.send(answer + '\n'));
  }
  co_await or_return(
      guest.send("goodbye\n"));  // the client has finished; our half of the connection is still open
  co_return {};
}

task<result<void>> visit(ip_endpoint where) {
  tcp_stream server = co_await or_return(tcp_stream::connect(where));
  buffered_reader lines(server);
  for (const std::string_view words : {"hello\n", "how are you\n", "it is late\n"}) {
    co_await or_return(server.send(words));
    const auto line = co_await or_return(lines.line());
    std::cout << "server: " << line.value_or("") << '\n';
  }
  co_await or_return(server.shutdown());  // half-close: nothing more from us, but we go on listening
  while (const auto line = co_await or_return(lines.line())) std::cout << "server: " << *line << '\n';
  co_return {};
}

task<result<void>> converse() {
  tcp_listener listener = co_await or_return(tcp_listener::listen({ipv4_address::loopback(), 0}));
  const endpoint where = co_await or_return(listener.local_endpoint());

  scope background;
  background.spawn(host(listener));
  co_await or_return(visit(where.ip()));  // should it fail, leaving this scope cancels the host
  co_return co_await background.join();
}

int main() {
  const result<void> outcome = run(converse());
  if (outcome) return 0;
  std::cerr << outcome.error().message() << '\n';
  return 1;
}
