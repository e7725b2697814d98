// SPDX-License-Identifier: MIT
// Sends UDP datagrams of 1400 bytes as fast as they go, or receives them: one call for each.
// Usage: bench-datagrams receive                prints its port, and what had come when the sender has said
// goodbye
//        bench-datagrams send PORT MILLISECONDS
// The receiver prints lines "metric unit better value" for bench/support/pairs.sh.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <fairlead/fairlead.hpp>

using namespace fairlead;

constexpr std::size_t bytes = 1400;
struct head {
  std::uint64_t number;
  std::uint64_t last;  // 1 in the farewell: `number` datagrams were sent
};

task<result<void>> receive(udp_socket& socket) {
  std::array<std::byte, 2048> buffer;
  head h{};
  std::uint64_t came = 0;
  std::clock_t used = 0;
  time_point begin;
  time_point end;
  for (;;) {
    const std::size_t n = co_await or_return(socket.recv(buffer));
    if (n < sizeof h) co_return failure(errc::bad_message, verb::recv);
    std::memcpy(&h, buffer.data(), sizeof h);
    if (h.last != 0) break;
    if (n != bytes) co_return failure(errc::bad_message, verb::recv);
    if (came++ == 0) begin = clock::now(), used = std::clock();
    if (came % 64 == 0) end = clock::now();
  }
  const double seconds = std::chrono::duration<double>(end - begin).count();
  std::printf("received M/s more %.4f\n", static_cast<double>(came) / seconds / 1e6);
  const double cpu = static_cast<double>(std::clock() - used) / CLOCKS_PER_SEC;
  std::printf("receiver-cpu µs/datagram less %.4f\n", cpu / static_cast<double>(came) * 1e6);
  std::printf("lost share - %.4f\n", 1 - static_cast<double>(came) / static_cast<double>(h.number));
  co_return {};
}

task<result<void>> send(port to, std::chrono::milliseconds span) {
  udp_socket socket = co_await or_return(udp_socket::open(family::ipv4));
  co_await or_return(socket.connect(ip_endpoint{ipv4_address::loopback(), to}));
  std::array<std::byte, bytes> datagram{};
  head h{};
  for (const time_point end = clock::now() + span; h.number % 64 != 0 || clock::now() < end; ++h.number) {
    std::memcpy(datagram.data(), &h, sizeof h);
    co_await or_return(socket.send(datagram));
  }
  h.last = 1;
  std::memcpy(datagram.data(), &h, sizeof h);
  for (int i = 0; i < 20; ++i) {  // the receiver's queue may be full, and once it has gone we are refused
    (void)co_await socket.send(std::span(datagram).first(sizeof h));
    co_await or_return(sleep_for(std::chrono::milliseconds(5)));
  }
  co_return {};
}

result<void> act(int count, char** arguments) {
  if (count > 3) {
    return run(send(port(static_cast<std::uint16_t>(std::atoi(arguments[2]))),
                    std::chrono::milliseconds(std::atoi(arguments[3]))));
  }
  auto socket = udp_socket::bind({ipv4_address::loopback(), port(0)}, option::receive_buffer(4U << 20U));
  if (!socket) return std::unexpected(socket.error());
  std::printf("%u\n", unsigned{socket->local_endpoint()->ip().port().number()});
  std::fflush(stdout);
  return run([](udp_socket& from) -> task<result<void>> {
    co_return co_await receive(from).within(std::chrono::seconds(30));
  }(*socket));
}

int main(int count, char** arguments) {
  if (const auto done = act(count, arguments); !done) {
    return std::fprintf(stderr, "%s\n", done.error().message().c_str()), 1;
  }
}
