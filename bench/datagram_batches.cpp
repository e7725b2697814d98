// SPDX-License-Identifier: MIT
// Sends UDP datagrams of 1400 bytes by the batch as fast as they go, or receives them by the batch, and
// accounts for every one: what came and what the kernel says it dropped must be what was sent. Usage:
// bench-datagram_batches receive [polling]   prints its port, and figures when the sender has said goodbye
//        bench-datagram_batches send PORT MILLISECONDS
// The receiver prints lines "metric unit better value" for bench/support/pairs.sh.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include <fairlead/fairlead.hpp>

#include "support/datagram_account.hpp"

using namespace fairlead;

task<result<void>> receive(udp_socket& socket, datagram_batch& arrived, datagram_account& account) {
  while (!account.over()) {
    co_await or_return(socket.recv_batch(arrived));
    if (account.first()) account.begin(std::clock());
    for (const auto& d : arrived) {
      if (!account.take(d.bytes.data(), d.bytes.size())) co_return failure(errc::bad_message, verb::recv);
    }
  }
  co_return {};
}

result<void> serve(loop_options options) {
  auto socket = udp_socket::bind({ipv4_address::loopback(), port(0)}, option::receive_buffer(4U << 20U));
  if (!socket) return std::unexpected(socket.error());
  // The first receive has the kernel hand over several datagrams at once: it must come before the first of
  // them.
  datagram_batch arrived(8);
  (void)socket->recv_batch(arrived).now();
  std::printf("%u\n", unsigned{socket->local_endpoint()->ip().port().number()});
  std::fflush(stdout);
  datagram_account account;
  auto done = run(
      [](udp_socket& s, datagram_batch& b, datagram_account& a) -> task<result<void>> {
        co_return co_await receive(s, b, a).within(std::chrono::seconds(30));
      }(*socket, arrived, account),
      options);
  if (!done) return done;
  const auto dropped = option::dropped::read(*socket);
  if (!dropped) return std::unexpected(dropped.error());
  if (!account.tell(dropped->count(), std::clock())) return failure(errc::bad_message, verb::recv);
  return {};
}

task<result<void>> send(port to, std::chrono::milliseconds span) {
  udp_socket socket = co_await or_return(udp_socket::open(family::ipv4));
  co_await or_return(socket.connect(ip_endpoint{ipv4_address::loopback(), to}));
  constexpr std::size_t many = 4 * datagram_account::piece;
  std::vector<std::byte> memory(many * datagram_account::bytes);
  std::vector<const_buffer> datagrams;
  for (std::size_t i = 0; i < many; ++i) {
    datagrams.push_back({memory.data() + i * datagram_account::bytes, datagram_account::bytes});
  }
  std::uint64_t sent = 0;
  for (const time_point end = clock::now() + span; clock::now() < end;) {
    for (std::size_t i = 0; i < many; ++i)
      datagram_account::number(memory.data() + i * datagram_account::bytes, sent + i);
    for (const_buffers rest = datagrams; !rest.empty();) {
      const std::size_t n = co_await or_return(socket.send_batch(rest));
      rest = rest.subspan(n);
    }
    sent += many;
  }
  for (std::uint64_t i = 0; i < datagram_account::farewells; ++i) {
    co_await or_return(sleep_for(std::chrono::milliseconds(5)));
    const auto goodbye = datagram_account::goodbye(sent, i);
    if (!co_await socket.send(const_buffer(&goodbye, sizeof goodbye)))
      break;  // it has gone, and we are refused
  }
  co_return {};
}

int main(int count, char** arguments) {
  const auto number = [&](int i) { return std::atoi(arguments[i]); };
  const auto done =
      count > 3 ? run(send(port(static_cast<std::uint16_t>(number(2))), std::chrono::milliseconds(number(3))))
                : serve({.polling = count > 2 ? polling::adaptive : polling::off});
  if (!done) return std::fprintf(stderr, "%s\n", done.error().message().c_str()), 1;
}
