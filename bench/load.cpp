// SPDX-License-Identifier: MIT
// The client of every echo server that is measured here: on each connection one message is under way at any
// time, sent as soon as the last one has come back whole. It runs beside the measured process, never in it.
// Usage: bench-load PORT MESSAGES [CONNECTIONS [BYTES [hold | rounds]]]
// With "hold" it then says "idle", and keeps the connections until its standard input ends. With "rounds" it
// sends on all connections, and again when all have answered: how many messages a turn of the server finds
// together is then not for the scheduler to say, if it lets one of the two run at a time.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>
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

task<result<void>> converse_in_rounds(std::vector<tcp_stream>& peers, int messages, std::size_t bytes) {
  const std::vector<std::byte> message(bytes, std::byte{'x'});
  std::vector<std::byte> answer(bytes);
  for (auto left = static_cast<std::size_t>(messages); left > 0;) {
    const std::span these = std::span(peers).first(std::min(left, peers.size()));
    for (tcp_stream& peer : these) co_await or_return(peer.send(message));
    for (tcp_stream& peer : these) co_await or_return(peer.recv_exactly(answer));
    left -= these.size();
  }
  co_return {};
}

task<result<void>> load(port where, int messages, int connections, std::size_t bytes,
                        std::string_view manner) {
  // All are there before the first speaks: connecting is not what is measured.
  std::vector<tcp_stream> peers;
  for (int i = 0; i < connections; ++i) {
    peers.push_back(co_await or_return(tcp_stream::connect({ipv4_address::loopback(), where})));
  }
  if (manner == "rounds") co_return co_await converse_in_rounds(peers, messages, bytes);
  scope conversations;
  for (int i = 0; i < connections; ++i) {
    const int share = messages / connections + (i < messages % connections ? 1 : 0);
    conversations.spawn(converse(peers[static_cast<std::size_t>(i)], share, bytes));
  }
  if (auto all = co_await conversations.join(); !all || manner != "hold") co_return all;
  std::puts("idle");
  std::fflush(stdout);
  while (std::getchar() != EOF) {  // stalls this loop, which has nothing else to do
  }
  co_return {};
}

int main(int count, char** arguments) {
  const auto number = [&](int i, int otherwise) { return count > i ? std::atoi(arguments[i]) : otherwise; };
  auto done = run(load(port(static_cast<std::uint16_t>(number(1, 0))), number(2, 20000), number(3, 20),
                       static_cast<std::size_t>(number(4, 64)), count > 5 ? arguments[5] : ""),
                  {backend::epoll});
  if (!done) return std::fprintf(stderr, "%s\n", done.error().message().c_str()), 1;
}
