// SPDX-License-Identifier: MIT
// The echo server on Asio with callbacks, as its examples write it. The executor is named, not erased, and
// the context knows that one thread runs it: both are what Asio recommends for speed.
#include <array>
#include <asio.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>

using tcp = asio::ip::tcp;
using executor = asio::io_context::executor_type;
using socket_type = asio::basic_stream_socket<tcp, executor>;
using acceptor_type = asio::basic_socket_acceptor<tcp, executor>;

class session : public std::enable_shared_from_this<session> {
 public:
  explicit session(socket_type s) : socket_(std::move(s)) {}
  void receive() {
    socket_.async_read_some(asio::buffer(buffer_),
                            [self = shared_from_this()](asio::error_code failed, std::size_t n) {
                              if (!failed) self->send(n);
                            });
  }

 private:
  void send(std::size_t n) {
    asio::async_write(socket_, asio::buffer(buffer_, n),
                      [self = shared_from_this()](asio::error_code failed, std::size_t) {
                        if (!failed) self->receive();
                      });
  }
  socket_type socket_;
  std::array<char, 4096> buffer_;
};

void accept(acceptor_type& listener, int left) {
  if (left == 0) return;
  listener.async_accept([&listener, left](asio::error_code failed, socket_type s) {
    if (failed) return;
    std::make_shared<session>(std::move(s))->receive();
    accept(listener, left - 1);
  });
}

int main(int argc, char** argv) {
  asio::io_context context(1);
  acceptor_type listener(context, {asio::ip::address_v4::loopback(), 0});
  std::printf("%u\n", unsigned{listener.local_endpoint().port()});
  std::fflush(stdout);
  accept(listener, argc > 1 ? std::atoi(argv[1]) : 20);
  context.run();
}
