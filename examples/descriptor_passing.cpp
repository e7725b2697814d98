// SPDX-License-Identifier: MIT
// Over a Unix socket a process can hand an open connection to another one. Here a dispatcher accepts a client
// over TCP and gives it to a worker, who serves it; the dispatcher needs it no more.
#include <array>
#include <iostream>

#include <fairlead/fairlead.hpp>

using namespace fairlead;

task<result<void>> dispatch(tcp_listener& listener, unix_stream to_worker) {
  tcp_stream client = co_await or_return(listener.accept());
  const std::array passed = {client.native_handle()};
  co_await or_return(to_worker.send_message("a client", passed));
  co_return {};  // our copy of the connection is closed here; the worker's stays open
}

task<result<void>> work(unix_stream from_dispatcher) {
  std::array<char, 64> text;
  message parcel = co_await or_return(from_dispatcher.recv_message(text));
  std::cout << "worker: " << std::string_view(text.data(), parcel.size) << " with "
            << parcel.descriptors.size() << " descriptor\n";
  if (parcel.descriptors.empty()) co_return failure(errc::no_message, verb::recv);

  // Until the stream owns the descriptor, `parcel` closes it.
  tcp_stream client = co_await or_return(tcp_stream::adopt(parcel.descriptors.front().get()));
  (void)parcel.descriptors.front().release();
  co_await or_return(client.send("greetings from the worker"));
  co_return {};
}

task<result<void>> pass() {
  tcp_listener listener = co_await or_return(tcp_listener::listen({ipv4_address::loopback(), 0}));
  const endpoint where = co_await or_return(listener.local_endpoint());
  auto [to_worker, from_dispatcher] = co_await or_return(unix_stream::pair());

  scope both;
  both.spawn(dispatch(listener, std::move(to_worker)));
  both.spawn(work(std::move(from_dispatcher)));

  tcp_stream client = co_await or_return(tcp_stream::connect(where.ip()));
  std::array<char, 64> heard;
  const std::size_t n = co_await or_return(client.recv(heard));
  std::cout << "client: " << std::string_view(heard.data(), n) << '\n';
  co_return co_await both.join();
}

int main() {
  const result<void> outcome = run(pass());
  if (outcome) return 0;
  std::cerr << outcome.error().message() << '\n';
  return 1;
}
