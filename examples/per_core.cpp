// SPDX-License-Identifier: MIT
// One loop per core: each has its own thread and its own listener, all at the same port, and the kernel
// spreads the connections over them. The loops share nothing.
#include <algorithm>
#include <array>
#include <iostream>
#include <map>
#include <thread>
#include <vector>

#include <fairlead/fairlead.hpp>

using namespace fairlead;

task<result<void>> serve(tcp_listener& listener, unsigned core, std::stop_token stop) {
  for (;;) {
    tcp_stream client = co_await or_return(listener.accept().stop_on(stop));
    co_await or_return(client.send("core " + std::to_string(core)));
  }
}

// Clients on a thread without a loop: they block.
result<std::string> visit(const ip_endpoint& where) {
  std::array<char, 64> heard;
  auto connection = tcp_stream::connect(where).wait();
  if (!connection) return std::unexpected(connection.error());
  const auto n = connection->recv(heard).wait();
  if (!n) return std::unexpected(n.error());
  return std::string(heard.data(), *n);
}

int main() {
  ip_endpoint where(ipv4_address::loopback(), 0);
  std::vector<tcp_listener> listeners;
  for (unsigned i = 0; i < std::max(2U, std::thread::hardware_concurrency()); ++i) {
    auto listener = tcp_listener::listen(where, option::reuse_port(true));
    if (!listener) {
      std::cerr << listener.error().message() << '\n';
      return 1;
    }
    where = listener->local_endpoint()->ip();  // the first takes any free port, the others take the same
    listeners.push_back(std::move(*listener));
  }

  std::stop_source enough;
  std::map<std::string, int> served;
  std::jthread clients([&] {
    for (int i = 0; i < 100; ++i) ++served[visit(where).value_or("nobody")];
    enough.request_stop();
  });
  const result<void> outcome =
      run_per_core([&](unsigned core) { return serve(listeners[core], core, enough.get_token()); },
                   unsigned(listeners.size()));
  clients.join();

  for (const auto& [who, times] : served) std::cout << who << " served " << times << " clients\n";
  return !outcome && outcome.error() == errc::operation_canceled && !served.contains("nobody") ? 0 : 1;
}
