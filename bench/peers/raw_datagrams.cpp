// SPDX-License-Identifier: MIT
// Sends or receives UDP datagrams of 1400 bytes with send(2) and recv(2) on blocking sockets. The arguments
// are those of bench/datagrams.cpp.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace {

constexpr std::size_t bytes = 1400;
struct head {
  std::uint64_t number;
  std::uint64_t last;
};
using clock_type = std::chrono::steady_clock;

int receive() {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  const int room = 4 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  const timeval patience{5, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return perror("bind"), 1;
  }
  std::printf("%u\n", unsigned{ntohs(address.sin_port)});
  std::fflush(stdout);
  static char buffer[2048];
  head h{};
  std::uint64_t came = 0;
  std::clock_t used = 0;
  clock_type::time_point begin, end;
  for (;;) {
    const ssize_t n = recv(fd, buffer, sizeof buffer, 0);
    if (n < static_cast<ssize_t>(sizeof h)) return perror("recv"), 1;
    std::memcpy(&h, buffer, sizeof h);
    if (h.last != 0) break;
    if (n != bytes) return std::fputs("a datagram of another size\n", stderr), 1;
    if (came++ == 0) begin = clock_type::now(), used = std::clock();
    if (came % 64 == 0) end = clock_type::now();
  }
  const double seconds = std::chrono::duration<double>(end - begin).count();
  std::printf("received M/s more %.4f\n", static_cast<double>(came) / seconds / 1e6);
  const double cpu = static_cast<double>(std::clock() - used) / CLOCKS_PER_SEC;
  std::printf("receiver-cpu µs/datagram less %.4f\n", cpu / static_cast<double>(came) * 1e6);
  std::printf("lost share - %.4f\n", 1 - static_cast<double>(came) / static_cast<double>(h.number));
  return 0;
}

int send_all(int port, int milliseconds) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<in_port_t>(port));
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return perror("connect"), 1;
  static char datagram[bytes];
  head h{};
  const auto end = clock_type::now() + std::chrono::milliseconds(milliseconds);
  for (; h.number % 64 != 0 || clock_type::now() < end; ++h.number) {
    std::memcpy(datagram, &h, sizeof h);
    if (send(fd, datagram, bytes, 0) != bytes) return perror("send"), 1;
  }
  h.last = 1;
  std::memcpy(datagram, &h, sizeof h);
  for (int i = 0; i < 20; ++i) {
    if (send(fd, datagram, sizeof h, 0) < 0) break;
    usleep(5000);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return argc > 3 ? send_all(std::atoi(argv[2]), std::atoi(argv[3])) : receive();
}
