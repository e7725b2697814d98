// SPDX-License-Identifier: MIT
// The echo server without a loop: one client, and this thread sleeps in .wait() until it speaks.
#include <array>
#include <cstdio>

#include <fairlead/fairlead.hpp>

using namespace fairlead;

result<void> echo(tcp_stream peer) {
  std::array<std::byte, 4096> buffer;
  for (;;) {
    const auto n = peer.recv(buffer).wait();
    if (!n) return std::unexpected(n.error());
    if (*n == 0) return {};
    if (auto sent = peer.send(std::span(buffer).first(*n)).wait(); !sent)
      return std::unexpected(sent.error());
  }
}

int main() {
  auto listener = tcp_listener::listen({ipv4_address::loopback(), port(0)});
  if (!listener) return std::puts(listener.error().message().c_str()), 1;
  std::printf("%u\n", unsigned{listener->local_endpoint()->ip().port().number()});
  std::fflush(stdout);
  auto peer = listener->accept().wait();
  if (!peer) return 1;
  return echo(std::move(*peer)) ? 0 : 1;
}
