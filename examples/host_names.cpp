// SPDX-License-Identifier: MIT
// Host names: to addresses, and to connections. Of the addresses of a name, each is tried until one answers.
//   host_names [@SERVER:PORT] [HOST]...      asks the system's name servers, or that one
#include <iostream>

#include <fairlead/fairlead.hpp>

using namespace fairlead;
using namespace std::chrono_literals;

task<result<void>> look_up(resolver by, std::string host, family wanted = family::unspecified) {
  const auto found = co_await or_return(by.addresses(host, wanted).within(30s));
  std::cout << (host.empty() ? "(no name)" : host) << " is";
  for (const ip_address& a : found.records) std::cout << ' ' << a;
  if (found.server) std::cout << ", says " << *found.server;
  std::cout << '\n';
  co_return {};
}

task<result<void>> look_up_all(std::span<char*> hosts) {
  resolver_options options;
  if (hosts[0][0] == '@') {
    options.servers.push_back(co_await or_return(ip_endpoint::parse(hosts[0] + 1)));
    hosts = hosts.subspan(1);
  }
  const resolver by = co_await or_return(resolver::create(options));
  for (const char* host : hosts) co_await or_return(look_up(by, host));
  co_return {};
}

task<result<void>> tour() {
  // localhost, and every name below it, is this machine, whatever a name server would say.
  co_await or_return(look_up({}, "localhost"));
  co_await or_return(look_up({}, "printer.localhost", family::ipv4));
  co_await or_return(look_up({}, ""));
  // An address in figures is itself.
  co_await or_return(look_up({}, "2001:db8:0::1"));

  // This server listens on IPv4 only. localhost is ::1 as well, and that address refuses; the next one
  // answers.
  tcp_listener listener = co_await or_return(tcp_listener::listen({ipv4_address::loopback(), 0}));
  const port where = (co_await or_return(listener.local_endpoint())).ip().port();
  tcp_stream client = co_await or_return(dial_tcp("localhost", where).within(5s));
  std::cout << "localhost answers at " << client.peer_endpoint()->ip().address() << '\n';

  // When none answers, the error tells of each of them.
  co_await or_return(listener.close());
  const auto nobody = co_await dial_tcp("localhost", where).within(5s);
  std::cout << (nobody ? "somebody else answers" : nobody.error().message()) << '\n';
  co_return {};
}

int main(int argc, char** argv) {
  const result<void> outcome = run(argc > 1 ? look_up_all({argv + 1, argv + argc}) : tour());
  if (outcome) return 0;
  std::cerr << outcome.error().message() << '\n';
  return 1;
}
