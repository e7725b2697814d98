// SPDX-License-Identifier: MIT
// A chat room: what one client says, all others hear. The first line that a client sends is its name.
//   chat_server [ADDRESS]     for instance: chat_server 127.0.0.1:7007; join it with nc 127.0.0.1 7007
#include <iostream>
#include <set>

#include <fairlead/fairlead.hpp>

using namespace fairlead;
using room = std::set<tcp_stream*>;

// Nobody waits for a client that does not read: when a line does not fit into its socket any more, it has to
// go.
void tell(const room& all, const tcp_stream& from, std::string_view name, std::string_view words) {
  const std::string line = std::string(name) + ": " + std::string(words) + '\n';
  for (tcp_stream* to : all) {
    if (to != &from && to->send_some(line).now().value_or(0) < line.size()) (void)to->close();
  }
}

task<result<void>> listen_to(tcp_stream& client, const room& all) {
  buffered_reader lines(client);
  const std::string name((co_await or_return(lines.line(100))).value_or("somebody"));
  while (const auto line = co_await or_return(lines.line(1000))) tell(all, client, name, *line);
  co_return {};
}

task<void> serve_one(tcp_stream client, room& all) {
  all.insert(&client);
  (void)co_await listen_to(client, all);  // how it ends concerns nobody else
  all.erase(&client);
}

task<result<void>> accept_all(tcp_listener& listener) {
  room all;
  scope clients;
  for (;;) {
    result<tcp_stream> client = co_await listener.accept();
    if (client) clients.spawn(serve_one(std::move(*client), all));
    if (!client && client.error() == errc::operation_canceled) co_return {};
  }
}

task<result<void>> serve(std::string_view address) {
  signal_set quit{signal_number::interrupt, signal_number::terminate};
  tcp_listener listener =
      co_await or_return(tcp_listener::listen(co_await or_return(ip_endpoint::parse(address))));
  std::cout << "listening " << to_string(transport::tcp, *listener.local_endpoint()) << std::endl;
  scope server;
  server.spawn(accept_all(listener));
  co_await or_return(quit.next());
  co_return {};
}

int main(int argc, char** argv) {
  const result<void> outcome = run(serve(argc > 1 ? argv[1] : "127.0.0.1:0"));
  if (outcome) return 0;
  std::cerr << outcome.error().message() << '\n';
  return outcome.error() == fault::bad_syntax ? 2 : 1;
}
