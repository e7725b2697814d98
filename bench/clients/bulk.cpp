// SPDX-License-Identifier: MIT
// Measures a sink: sends one stream as fast as it goes for that long, finishes, and is told by the server how
// many bytes had come, and their check sum. The server reads everything; discarding in the kernel is another
// question. Usage: bench-client-bulk MILLISECONDS -- SERVER... Prints lines "metric unit better value" for
// bench/support/pairs.sh.
#include <vector>

#include "drive.hpp"

int main(int argc, char** argv) {
  if (argc < 4) return std::fputs("usage: bench-client-bulk MILLISECONDS -- SERVER...\n", stderr), 2;
  const double span = std::atof(argv[1]) / 1000;
  drive::server server(argv + 3);
  const int fd = server.connect();
  const timeval patience{5, 0};
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::vector<char> block(128 * 1024);
  for (std::size_t i = 0; i < block.size(); ++i) block[i] = static_cast<char>(i * 2654435761U >> 16);

  const double begin = drive::now();
  const double cpu = server.cpu();
  const double disturbed = server.disturbed();
  unsigned long long sent = 0;
  while (drive::now() < begin + span) {
    // Whole blocks only, so that the server can know what must have come.
    for (std::size_t at = 0; at < block.size();) {
      const ssize_t n = send(fd, block.data() + at, block.size() - at, MSG_NOSIGNAL);
      if (n <= 0) drive::give_up("send");
      at += static_cast<std::size_t>(n);
    }
    sent += block.size();
  }
  shutdown(fd, SHUT_WR);
  // What came: the number of bytes and the sum of every 4096th, which shows lost, doubled and mixed pages.
  unsigned long long told[2] = {};
  if (recv(fd, told, sizeof told, MSG_WAITALL) != sizeof told)
    drive::give_up("the server did not say what came");
  const double took = drive::now() - begin;
  const double used = server.cpu() - cpu;
  std::printf("disturbed share - %.4f\n", (server.disturbed() - disturbed) / took);
  unsigned long long of_block = 0;
  for (std::size_t i = 0; i < block.size(); i += 4096) of_block += static_cast<unsigned char>(block[i]);
  if (told[0] != sent || told[1] != sent / block.size() * of_block) {
    std::fprintf(stderr, "sent %llu bytes, %llu came, or not the same\n", sent, told[0]);
    return 1;
  }
  const auto bytes = static_cast<double>(sent);
  std::printf("rate GB/s more %.3f\n", bytes / took / 1e9);
  std::printf("server-cpu s/GB less %.4f\n", used / bytes * 1e9);
}
