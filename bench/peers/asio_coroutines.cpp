// SPDX-License-Identifier: MIT
// The echo server on Asio with coroutines. The executor is named, not erased, and the context knows that one
// thread runs it: both are what Asio recommends for speed.
#include <array>
#include <asio.hpp>
#include <cstdio>
#include <cstdlib>

using tcp = asio::ip::tcp;
using executor = asio::io_context::executor_type;
using socket_type = asio::basic_stream_socket<tcp, executor>;
using acceptor_type = asio::basic_socket_acceptor<tcp, executor>;
constexpr asio::use_awaitable_t<executor> use_awaitable;

asio::awaitable<void, executor> echo(socket_type peer) {
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

asio::awaitable<void, executor> serve(acceptor_type& listener, int connections) {
  for (int i = 0; i < connections; ++i) {
    socket_type peer = co_await listener.async_accept(use_awaitable);
    asio::co_spawn(listener.get_executor(), echo(std::move(peer)), asio::detached);
  }
}

int main(int argc, char** argv) {
  asio::io_context context(1);
  acceptor_type listener(context, {asio::ip::address_v4::loopback(), 0});
  std::printf("%u\n", unsigned{listener.local_endpoint().port()});
  std::fflush(stdout);
  asio::co_spawn(context, serve(listener, argc > 1 ? std::atoi(argv[1]) : 20), asio::detached);
  context.run();
}
