// SPDX-License-Identifier: MIT
// Both ends of round trips on non-blocking sockets that are asked again and again: what polling can reach at
// best. The arguments are those of bench/round_trips.cpp.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "../support/percentiles.hpp"

namespace {

using clock_type = std::chrono::steady_clock;

ssize_t spin(int fd, char* into, size_t room) {
  for (;;) {
    const ssize_t n = recv(fd, into, room, MSG_DONTWAIT);
    if (n >= 0 || errno != EAGAIN) return n;
  }
}

int serve() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 1) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return perror("listen"), 1;
  }
  std::printf("%u\n", unsigned{ntohs(address.sin_port)});
  std::fflush(stdout);
  const int peer = accept(listener, nullptr, nullptr);
  const int on = 1;
  setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  static char buffer[4096];
  ssize_t n = 0;
  while ((n = spin(peer, buffer, sizeof buffer)) > 0) {
    if (send(peer, buffer, static_cast<size_t>(n), MSG_NOSIGNAL) != n) return perror("send"), 1;
  }
  return 0;
}

int ask(int port, size_t bytes, int milliseconds) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<in_port_t>(port));
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return perror("connect"), 1;
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  std::vector<char> message(bytes, 'a');
  std::vector<char> answer(bytes);
  std::vector<double> took;
  took.reserve(1000000);
  const auto span = std::chrono::milliseconds(milliseconds);
  const auto warm = clock_type::now() + span / 10;
  for (auto at = clock_type::now(); at < warm + span;) {
    message.front() = static_cast<char>('a' + took.size() % 26);
    if (send(fd, message.data(), bytes, MSG_NOSIGNAL) != static_cast<ssize_t>(bytes))
      return perror("send"), 1;
    for (size_t come = 0; come < bytes;) {
      const ssize_t n = spin(fd, answer.data() + come, bytes - come);
      if (n <= 0) return perror("recv"), 1;
      come += static_cast<size_t>(n);
    }
    if (answer != message) return std::fputs("the echo is not what was sent\n", stderr), 1;
    const auto next = clock_type::now();
    if (at >= warm) took.push_back(std::chrono::duration<double>(next - at).count());
    at = next;
  }
  return print_percentiles(took) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  return argc > 4 ? ask(std::atoi(argv[2]), static_cast<size_t>(std::atoi(argv[3])), std::atoi(argv[4]))
                  : serve();
}
