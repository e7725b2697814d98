// SPDX-License-Identifier: MIT
// Both ends of round trips on Asio's coroutines. The arguments are those of bench/round_trips.cpp; with
// "poll" as the last one the context is never run, which sleeps, but polled without end.
#include <array>
#include <asio.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "../support/percentiles.hpp"

using tcp = asio::ip::tcp;
using executor = asio::io_context::executor_type;
using socket_type = asio::basic_stream_socket<tcp, executor>;
using acceptor_type = asio::basic_socket_acceptor<tcp, executor>;
using clock_type = std::chrono::steady_clock;
constexpr asio::use_awaitable_t<executor> use_awaitable;

asio::awaitable<void, executor> serve(acceptor_type& listener) {
  socket_type peer = co_await listener.async_accept(use_awaitable);
  peer.set_option(tcp::no_delay(true));
  std::array<char, 4096> buffer;
  try {
    for (;;) {
      const std::size_t n = co_await peer.async_read_some(asio::buffer(buffer), use_awaitable);
      co_await asio::async_write(peer, asio::buffer(buffer, n), use_awaitable);
    }
  } catch (const std::system_error&) {
    // The end of the stream is an exception here.
  }
}

asio::awaitable<void, executor> ask(socket_type& peer, std::size_t bytes, std::chrono::milliseconds span,
                                    std::vector<double>& took) {
  std::vector<char> message(bytes, 'a');
  std::vector<char> answer(bytes);
  const auto warm = clock_type::now() + span / 10;
  for (auto at = clock_type::now(); at < warm + span;) {
    message.front() = static_cast<char>('a' + took.size() % 26);
    co_await asio::async_write(peer, asio::buffer(message), use_awaitable);
    co_await asio::async_read(peer, asio::buffer(answer), use_awaitable);
    if (answer != message) throw std::runtime_error("the echo is not what was sent");
    const auto next = clock_type::now();
    if (at >= warm) took.push_back(std::chrono::duration<double>(next - at).count());
    at = next;
  }
}

int main(int argc, char** argv) {
  asio::io_context context(1);
  const auto run = [&] {
    if (std::strcmp(argv[argc - 1], "poll") != 0) return static_cast<void>(context.run());
    while (!context.stopped()) context.poll();
  };
  const auto rethrow = [](const std::exception_ptr& e) {
    if (e) std::rethrow_exception(e);
  };
  if (argc > 4) {
    std::vector<double> took;
    took.reserve(1000000);
    socket_type peer(context);
    peer.connect({asio::ip::address_v4::loopback(), static_cast<asio::ip::port_type>(std::atoi(argv[2]))});
    peer.set_option(tcp::no_delay(true));
    asio::co_spawn(context,
                   ask(peer, static_cast<std::size_t>(std::atoi(argv[3])),
                       std::chrono::milliseconds(std::atoi(argv[4])), took),
                   rethrow);
    run();
    return print_percentiles(took) ? 0 : 1;
  }
  acceptor_type listener(context, {asio::ip::address_v4::loopback(), 0});
  std::printf("%u\n", unsigned{listener.local_endpoint().port()});
  std::fflush(stdout);
  asio::co_spawn(context, serve(listener), rethrow);
  run();
}
