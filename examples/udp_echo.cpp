// SPDX-License-Identifier: MIT
// A UDP echo server, and a client that does not wait for ever: a datagram may get lost, and nobody will tell.
//   udp_echo [ADDRESS]     with an address, serves there until it is interrupted
#include <array>
#include <iostream>

#include <fairlead/fairlead.hpp>

using namespace fairlead;
using namespace std::chrono_literals;

constexpr std::size_t largest = 65507;  // bytes that a datagram over IPv4 can carry

task<result<void>> echo(udp_socket& socket) {
  std::array<std::byte, largest> buffer;
  for (;;) {
    const datagram heard = co_await or_return(socket.recv_from(buffer));
    // An answer that cannot be sent is as good as lost on its way.
    (void)co_await socket.send_to(std::span(buffer).first(heard.size), heard.from);
  }
}

task<result<void>> ask(ip_endpoint server) {
  udp_socket socket = co_await or_return(udp_socket::open(server.family()));
  co_await or_return(socket.connect(server));  // from now on only this server's datagrams, and its refusals
  std::array<char, largest> answer;
  for (const std::size_t size : {5U, 0U, 9000U}) {
    const std::string question(size, 'x');
    co_await or_return(socket.send(question));
    const std::size_t n = co_await or_return(socket.recv(answer).within(2s));
    std::cout << "sent " << size << " bytes, " << n << " came back"
              << (std::string_view(answer.data(), n) == question ? "" : ", and others") << '\n';
  }
  co_return {};
}

task<result<void>> serve(std::string_view address, bool until_interrupted) {
  signal_set quit{signal_number::interrupt, signal_number::terminate};
  const ip_endpoint where = co_await or_return(ip_endpoint::parse(address, transport::udp));
  udp_socket socket = co_await or_return(udp_socket::bind(where));
  const endpoint bound = co_await or_return(socket.local_endpoint());
  std::cout << "listening " << to_string(transport::udp, bound) << std::endl;

  scope background;
  background.spawn(echo(socket));
  if (!until_interrupted) co_return co_await ask(bound.ip());
  co_await or_return(quit.next());
  co_return {};
}

int main(int argc, char** argv) {
  const result<void> outcome = run(argc > 1 ? serve(argv[1], true) : serve("127.0.0.1:0", false));
  if (outcome) return 0;
  std::cerr << outcome.error().message() << '\n';
  return outcome.error() == fault::bad_syntax ? 2 : 1;
}
