// SPDX-License-Identifier: MIT
// Unix-domain sockets: a stream at a path, whose server knows who its client is; datagrams at abstract names,
// which need no file; and a connected pair for records.
#include <array>
#include <filesystem>
#include <iostream>
#include <random>

#include <fairlead/fairlead.hpp>

using namespace fairlead;

task<result<void>> show_stream(unix_address where) {
  unix_listener listener = co_await or_return(unix_listener::listen(where));
  unix_stream client = co_await or_return(unix_stream::connect(where));
  unix_stream server = co_await or_return(listener.accept());
  const peer_credentials who = co_await or_return(server.peer_credentials());
  std::cout << "stream: process " << who.process << " of user " << who.user << " has connected\n";
  co_return remove(where);  // closing a listener leaves its file; the next listener there would take it over
}

// Who wants an answer to a datagram needs a name too.
task<result<void>> show_datagrams(unix_address here, unix_address there) {
  unix_datagram_socket ours = co_await or_return(unix_datagram_socket::bind(here));
  unix_datagram_socket theirs = co_await or_return(unix_datagram_socket::bind(there));
  std::array<char, 64> buffer;
  co_await or_return(ours.send_to("ping", there));
  const datagram ping = co_await or_return(theirs.recv_from(buffer));
  co_await or_return(theirs.send_to("pong", ping.from));
  const datagram pong = co_await or_return(ours.recv_from(buffer));
  std::cout << "datagram: " << std::string_view(buffer.data(), pong.size) << '\n';
  co_return {};
}

// Records come in order and have an end, like a stream; and each comes whole, like a datagram.
task<result<void>> show_records() {
  auto [ours, theirs] = co_await or_return(unix_seqpacket_socket::pair());
  for (const std::string_view record : {"the first", "another one"}) co_await or_return(ours.send(record));
  co_await or_return(ours.shutdown());
  std::array<char, 64> buffer;
  while (const std::size_t n = co_await or_return(theirs.recv(buffer))) {
    std::cout << "record: " << std::string_view(buffer.data(), n) << '\n';
  }
  co_return {};
}

task<result<void>> tour(std::string name) {
  const std::string file = std::filesystem::temp_directory_path() / name;
  co_await or_return(show_stream(co_await or_return(unix_address::path(file))));
  co_await or_return(show_datagrams(co_await or_return(unix_address::abstract(name + "-here")),
                                    co_await or_return(unix_address::abstract(name + "-there"))));
  co_return co_await show_records();
}

int main() {
  const result<void> outcome = run(tour("fairlead-" + std::to_string(std::random_device()())));
  if (!outcome) std::cerr << outcome.error().message() << '\n';
  return outcome ? 0 : 1;
}
