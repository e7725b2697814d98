// SPDX-License-Identifier: MIT
// Sends or receives UDP datagrams of 1400 bytes with segmentation offload, 46 to a system call, on blocking
// sockets. The arguments are those of bench/datagram_batches.cpp.
#include <arpa/inet.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "../support/datagram_account.hpp"

namespace {

using account = datagram_account;

int receive() {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  const int room = 4 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  const int on = 1;
  if (setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on) != 0) return perror("UDP_GRO"), 1;
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
  static char buffer[65536];
  account books;
  while (!books.over()) {
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    iovec into{buffer, sizeof buffer};
    msghdr message{};
    message.msg_iov = &into;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t n = recvmsg(fd, &message, 0);
    if (n <= 0) return perror("recvmsg"), 1;
    if (books.first()) books.begin(std::clock());
    int each = static_cast<int>(n);
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
      if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO)
        std::memcpy(&each, CMSG_DATA(c), sizeof each);
    }
    for (ssize_t at = 0; at < n; at += each) {
      const auto size = static_cast<std::size_t>(n - at < each ? n - at : each);
      if (!books.take(buffer + at, size)) return std::fputs("not a datagram that was sent\n", stderr), 1;
    }
  }
  unsigned memory[SK_MEMINFO_VARS] = {};
  socklen_t size = sizeof memory;
  if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &size) != 0) return perror("SO_MEMINFO"), 1;
  return books.tell(memory[SK_MEMINFO_DROPS], std::clock()) ? 0 : 1;
}

int send_all(int port, int milliseconds) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<in_port_t>(port));
  const int segment = account::bytes;
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment) != 0) {
    return perror("connect"), 1;
  }
  static char piece[account::piece * account::bytes];
  using clock_type = std::chrono::steady_clock;
  const auto end = clock_type::now() + std::chrono::milliseconds(milliseconds);
  std::uint64_t sent = 0;
  while (clock_type::now() < end) {
    for (std::size_t i = 0; i < account::piece; ++i) account::number(piece + i * account::bytes, sent + i);
    if (send(fd, piece, sizeof piece, 0) != sizeof piece) return perror("send"), 1;
    sent += account::piece;
  }
  for (std::uint64_t i = 0; i < account::farewells; ++i) {
    usleep(5000);
    const auto goodbye = account::goodbye(sent, i);
    if (send(fd, &goodbye, sizeof goodbye, 0) < 0) break;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return argc > 3 ? send_all(std::atoi(argv[2]), std::atoi(argv[3])) : receive();
}
