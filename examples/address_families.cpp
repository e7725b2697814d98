// SPDX-License-Identifier: MIT
// IPv4, IPv6 and both at once: who can reach which listener, and what a client's address looks like there.
#include <iostream>

#include <fairlead/fairlead.hpp>

using namespace fairlead;
using namespace std::chrono_literals;

constexpr ip_address v4 = ipv4_address::loopback();
constexpr ip_address v6 = ipv6_address::loopback();

// Connects through one family; gives the client's address as the server sees it.
task<result<ip_address>> reach(tcp_listener& listener, ip_address through) {
  const endpoint where = co_await or_return(listener.local_endpoint());
  tcp_stream client = co_await or_return(tcp_stream::connect({through, where.ip().port()}));
  tcp_stream server = co_await or_return(listener.accept().within(1s));
  const endpoint seen = co_await or_return(server.peer_endpoint());
  co_return seen.ip().address();
}

task<result<void>> show(std::string_view name, result<tcp_listener> listener) {
  std::cout << name << '\n';
  if (!listener) {  // a machine without IPv6 says so here
    std::cout << "  " << listener.error().message() << '\n';
    co_return {};
  }
  for (const ip_address through : {v4, v6}) {
    const result<ip_address> seen = co_await reach(*listener, through);
    std::cout << "  a client through " << through << " is ";
    if (!seen) {
      std::cout << "not served: " << seen.error().reason() << '\n';
    } else if (seen->is_v4_mapped()) {
      std::cout << *seen << ", which stands for " << seen->unmapped() << '\n';
    } else {
      std::cout << *seen << '\n';
    }
  }
  co_return {};
}

task<result<void>> families() {
  co_await or_return(show("listening on 127.0.0.1", tcp_listener::listen({v4, 0})));
  co_await or_return(show("listening on ::1", tcp_listener::listen({v6, 0})));
  co_await or_return(show("listening on ::, dual stack", tcp_listener::listen({ipv6_address::any(), 0})));
  co_await or_return(show("listening on ::, IPv6 only",
                          tcp_listener::listen({ipv6_address::any(), 0}, option::v6_only(true))));
  co_return {};
}

int main() {
  const result<void> outcome = run(families());
  if (outcome) return 0;
  std::cerr << outcome.error().message() << '\n';
  return 1;
}
