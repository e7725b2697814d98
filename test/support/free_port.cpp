// SPDX-License-Identifier: MIT
#include "support/free_port.hpp"

#include <cstdint>
#include <fstream>
#include <random>
#include <stdexcept>

#include <fairlead/tcp.hpp>

namespace fairlead::testing {

namespace {

constexpr unsigned lowest = 10'000;

unsigned first_of_the_kernel() {
  unsigned first = 0;
  std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> first;
  return first >= lowest + 1000 ? first : 32'768;
}

}  // namespace

port free_port() {
  static std::mt19937 dice{std::random_device()()};
  static const unsigned end = first_of_the_kernel();
  std::uniform_int_distribution<unsigned> number(lowest, end - 1);
  for (int attempt = 0; attempt < 100; ++attempt) {
    const ip_endpoint where{ipv4_address::loopback(), port(static_cast<std::uint16_t>(number(dice)))};
    if (tcp_listener::listen(where) && udp_socket::bind(where)) return where.port();
  }
  throw std::runtime_error("no port is free for TCP and UDP");
}

deaf_port::deaf_port() {
  const ip_endpoint any{ipv4_address::loopback(), port(0)};
  peer_ = udp_socket::bind(any).value();
  taken_ = udp_socket::bind(any).value();
  taken_.connect(peer_.local_endpoint().value().ip()).value();
}

ip_endpoint deaf_port::where() const { return taken_.local_endpoint().value().ip(); }

}  // namespace fairlead::testing
