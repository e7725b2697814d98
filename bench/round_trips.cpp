// SPDX-License-Identifier: MIT
// Both ends of round trips over one TCP connection, each on a loop that polls for a while before it sleeps.
// Usage: bench-round_trips serve                        prints its port, echoes for one client
//        bench-round_trips ask PORT BYTES MILLISECONDS  prints lines "metric unit better value"
#include <array>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <fairlead/fairlead.hpp>

#include "support/percentiles.hpp"

using namespace fairlead;

task<result<void>> serve(tcp_listener& listener) {
  tcp_stream peer = co_await or_return(listener.accept());
  std::array<std::byte, 4096> buffer;
  while (const std::size_t n = co_await or_return(peer.recv(buffer))) {
    co_await or_return(peer.send(std::span(buffer).first(n)));
  }
  co_return {};
}

task<result<void>> ask(port where, std::size_t bytes, std::chrono::milliseconds span,
                       std::vector<double>& took) {
  tcp_stream peer = co_await or_return(tcp_stream::connect({ipv4_address::loopback(), where}));
  std::vector<std::byte> message(bytes, std::byte{'a'});
  std::vector<std::byte> answer(bytes);
  const time_point warm = clock::now() + span / 10;
  for (time_point at = clock::now(); at < warm + span;) {
    message.front() = static_cast<std::byte>('a' + took.size() % 26);
    co_await or_return(peer.send(message));
    co_await or_return(peer.recv_exactly(answer));
    if (answer != message) co_return failure(errc::bad_message, verb::recv);
    const time_point next = clock::now();
    if (at >= warm) took.push_back(std::chrono::duration<double>(next - at).count());
    at = next;
  }
  co_return {};
}

result<void> act(int count, char** arguments) {
  const loop_options options{.polling = polling::adaptive};
  if (count > 4) {
    const auto number = [&](int i) { return std::atoi(arguments[i]); };
    std::vector<double> took;
    took.reserve(1000000);
    auto done = run(ask(port(static_cast<std::uint16_t>(number(2))), static_cast<std::size_t>(number(3)),
                        std::chrono::milliseconds(number(4)), took),
                    options);
    if (done && !print_percentiles(took)) return failure(errc::no_message_available, verb::recv);
    return done;
  }
  auto listener = tcp_listener::listen({ipv4_address::loopback(), port(0)});
  if (!listener) return std::unexpected(listener.error());
  std::printf("%u\n", unsigned{listener->local_endpoint()->ip().port().number()});
  std::fflush(stdout);
  return run(serve(*listener), options);
}

int main(int count, char** arguments) {
  if (const auto done = act(count, arguments); !done) {
    return std::fprintf(stderr, "%s\n", done.error().message().c_str()), 1;
  }
}
