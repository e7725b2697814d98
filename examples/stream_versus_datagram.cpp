// SPDX-License-Identifier: MIT
// Streams carry bytes, datagrams and records carry messages: three that go in come out as three only there.
#include <array>
#include <iostream>

#include <fairlead/fairlead.hpp>

using namespace fairlead;

constexpr std::string_view messages[] = {"one", "two", "three"};

// A stream keeps the order of the bytes and forgets where a message ended: the reader cuts where it likes.
task<result<void>> through_tcp() {
  auto [ours, theirs] = co_await or_return(tcp_stream::pair());
  for (const std::string_view m : messages) co_await or_return(ours.send(m));

  std::cout << "tcp, four bytes at a time: ";
  for (const std::size_t size : {4U, 4U, 3U}) {
    std::array<char, 4> piece;
    co_await or_return(theirs.recv_exactly(std::span(piece).first(size)));
    std::cout << " [" << std::string_view(piece.data(), size) << ']';
  }
  std::cout << '\n';
  co_return {};
}

// A datagram comes whole. Where the buffer is too small there is an error, and not a shorter message.
template <class Socket>
task<result<void>> through(const char* name, std::pair<Socket, Socket> ends) {
  auto& [ours, theirs] = ends;
  for (const std::string_view m : messages) co_await or_return(ours.send(m));

  std::cout << name << ", four bytes at a time: ";
  for (std::size_t i = 0; i < std::size(messages); ++i) {
    std::array<char, 4> piece;
    const result<std::size_t> n = co_await theirs.recv(piece);
    std::cout << " [" << (n ? std::string(piece.data(), *n) : n.error().reason()) << ']';
  }
  std::cout << '\n';
  co_return {};
}

task<result<void>> compare() {
  co_await or_return(through_tcp());
  co_await or_return(through("udp", co_await or_return(udp_socket::pair())));
  co_await or_return(through("unix datagrams", co_await or_return(unix_datagram_socket::pair())));
  co_await or_return(through("unix records", co_await or_return(unix_seqpacket_socket::pair())));
  co_return {};
}

int main() {
  const result<void> outcome = run(compare());
  if (outcome) return 0;
  std::cerr << outcome.error().message() << '\n';
  return 1;
}
