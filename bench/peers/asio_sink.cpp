// SPDX-License-Identifier: MIT
// The sink on Asio with coroutines.
#include <array>
#include <asio.hpp>
#include <cstdio>
#include <memory>

using tcp = asio::ip::tcp;
using executor = asio::io_context::executor_type;
using socket_type = asio::basic_stream_socket<tcp, executor>;
using acceptor_type = asio::basic_socket_acceptor<tcp, executor>;
constexpr asio::use_awaitable_t<executor> use_awaitable;

asio::awaitable<void, executor> drain(acceptor_type& listener) {
  socket_type peer = co_await listener.async_accept(use_awaitable);
  constexpr std::size_t size = 128 * 1024;
  const auto buffer = std::make_unique<unsigned char[]>(size);
  std::array<unsigned long long, 2> came{};
  try {
    for (;;) {
      const std::size_t n = co_await peer.async_read_some(asio::buffer(buffer.get(), size), use_awaitable);
      for (std::size_t i = (4096 - came[0] % 4096) % 4096; i < n; i += 4096) came[1] += buffer[i];
      came[0] += n;
    }
  } catch (const std::system_error&) {
    // The end of the stream is an exception here.
  }
  co_await asio::async_write(peer, asio::buffer(came), use_awaitable);
}

int main() {
  asio::io_context context(1);
  acceptor_type listener(context, {asio::ip::address_v4::loopback(), 0});
  std::printf("%u\n", unsigned{listener.local_endpoint().port()});
  std::fflush(stdout);
  asio::co_spawn(context, drain(listener), asio::detached);
  context.run();
}
