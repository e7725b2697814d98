// SPDX-License-Identifier: MIT
// The client of every echo server that is measured here: on each connection one message is under way at any
// time, sent as soon as the last one has come back whole. It runs beside the measured process, never in it.
// Usage: bench-load PORT MESSAGES [CONNECTIONS [BYTES [hold]]]
// With "hold" it then says "idle", and keeps the connections until its standard input ends.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <fairlead/fairlead.hpp>

using namespace fairlead;

task<result<void>> converse(tcp_stream& peer, int messages, std::size_t bytes) {
  std::vector<std::byte> message(bytes, std::byte{'x'});
  std::vector<std::byte> answer(bytes);
  for (int i = 0; i < messages; ++i) {
    co_await or_return(peer.send(message));
    co_await or_return(peer.recv_exactly(answer));
  }
  if (answer != message && messages > 0) co_return failure(errc::bad_message, verb::recv);
  co_return {};
}

task<result<void>> load(port where, int messages, int connections, std::size_t bytes, bool hold) {
  // All are there before the first speaks: connecting is not what is measured.
  std::vector<tcp_stream> peers;
  for (int i = 0; i < connections; ++i) {
    peers.push_back(co_await or_return(tcp_stream::connect({ipv4_address::loopback(), where})));
  }
  scope conversations;
  for (int i = 0; i < connections; ++i) {
    const int share = messages / connections + (i < messages % connections ? 1 : 0);
    conversations.spawn(converse(peers[static_cast<std::size_t>(i)], share, bytes));
  }
  if (auto all = co_await conversations.join(); !all || !hold) co_return all;
  std::puts("idle");
  std::fflush(stdout);
  while (std::getchar() != EOF) {  // stalls this loop, which has nothing else to do
  }
  co_return {};
}

int main(int count, char** arguments) {
  const auto number = [&](int i, int otherwise) { return count > i ? std::atoi(arguments[i]) : otherwise; };
  auto done = run(load(port(static_cast<std::uint16_t>(number(1, 0))), number(2, 20000), number(3, 20),
                       static_cast<std::size_t>(number(4, 64)), count > 5),
                  {backend::epoll});
  if (!done) return std::fprintf(stderr, "%s\n", done.error().message().c_str()), 1;
}
