// SPDX-License-Identifier: MIT
// Gives every connection one byte and closes it, on Asio with coroutines.
#include <asio.hpp>
#include <cstdio>

using tcp = asio::ip::tcp;
using executor = asio::io_context::executor_type;
using socket_type = asio::basic_stream_socket<tcp, executor>;
using acceptor_type = asio::basic_socket_acceptor<tcp, executor>;
constexpr asio::use_awaitable_t<executor> use_awaitable;

asio::awaitable<void, executor> greet(socket_type peer) {
  co_await asio::async_write(peer, asio::buffer("x", 1), use_awaitable);
}

asio::awaitable<void, executor> serve(acceptor_type& listener) {
  for (;;) {
    socket_type peer = co_await listener.async_accept(use_awaitable);
    asio::co_spawn(listener.get_executor(), greet(std::move(peer)), asio::detached);
  }
}

int main() {
  asio::io_context context(1);
  acceptor_type listener(context, {asio::ip::address_v4::loopback(), 0});
  listener.listen(4096);
  std::printf("%u\n", unsigned{listener.local_endpoint().port()});
  std::fflush(stdout);
  asio::co_spawn(context, serve(listener), asio::detached);
  context.run();
}
