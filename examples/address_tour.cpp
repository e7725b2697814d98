// SPDX-License-Identifier: MIT
// Addresses and ports are values: parsed into a result, asked questions, compared, printed in one canonical
// form.
//   address_tour [ADDRESS]...
#include <iomanip>
#include <iostream>
#include <set>

#include <fairlead/fairlead.hpp>

using namespace fairlead;

// Bad input becomes an error that says where it is wrong and what was expected. No address is made of it.
bool tell_about(const char* text) {
  const result<ip_address> address = ip_address::parse(text);
  if (!address) {
    std::cerr << address.error().message() << '\n' << underline(address.error()) << '\n';
    return false;
  }
  std::cout << std::left << std::setw(24) << text << std::setw(20) << address->to_string();
  std::cout << to_string(address->family());
  if (address->is_loopback()) std::cout << ", loopback";
  if (address->is_private()) std::cout << ", private";
  if (address->is_link_local()) std::cout << ", link-local";
  if (address->is_multicast()) std::cout << ", multicast";
  if (address->is_v4_mapped()) std::cout << ", stands for " << address->unmapped();
  std::cout << '\n';
  return true;
}

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (!tell_about(argv[i])) return 2;
  }
  if (argc > 1) return 0;

  for (const char* text :
       {"127.0.0.1", "192.168.1.20", "2001:DB8:0:0:0:0:0:1", "fe80:0::1", "ff02::1", "::ffff:192.0.2.1"}) {
    tell_about(text);
  }

  // A port is a number from 0 to 65535 or the name of a service. A constant beyond that does not compile.
  constexpr port web = 8080;
  const result<port> https = port::parse("https");
  std::cout << "https is " << (https ? "port " + https->to_string() : https.error().message()) << '\n';

  // An endpoint is where a socket is: an address and a port, or the name of a Unix socket.
  const std::set<endpoint> sorted = {{ipv6_address::loopback(), web},
                                     {ipv4_address::any(), 0},
                                     {ipv4_address(192, 0, 2, 7), web},
                                     *unix_address::path("/run/app.sock"),
                                     *unix_address::abstract("app")};
  for (const endpoint& e : sorted) std::cout << "endpoint " << e << '\n';
  if (sorted.contains(*endpoint::parse("[0:0::1]:8080"))) std::cout << "[0:0::1]:8080 is among them\n";

  for (const char* text : {"127.0.0.1:70000", "127.1:80", "[::1:80", "[fe80::1::2]:80"}) {
    const error wrong = endpoint::parse(text).error();
    std::cout << wrong.message() << '\n' << underline(wrong) << '\n';
  }
}
