// SPDX-License-Identifier: MIT
// Measures a server that gives every connection one byte and closes it: opens BATCH connections, takes the
// byte of each, and its end, and closes; again until the time is over. Each is reset when all is read, so
// that none lingers and ports do not run out. Usage: bench-client-accepts BATCH MILLISECONDS -- SERVER...
// Prints lines "metric unit better value" for bench/support/pairs.sh.
#include <vector>

#include "drive.hpp"

namespace {

void batch(const drive::server& server, std::vector<int>& fds) {
  for (int& fd : fds) {
    fd = server.connect();
    const linger reset{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    const timeval patience{5, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  for (const int fd : fds) {
    char came[2];
    ssize_t total = 0;
    ssize_t n = 0;
    while ((n = recv(fd, came, sizeof came, 0)) > 0) total += n;
    if (n < 0 || total != 1 || came[0] != 'x') drive::give_up("not one byte and the end");
    close(fd);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return std::fputs("usage: bench-client-accepts BATCH MILLISECONDS -- SERVER...\n", stderr), 2;
  const double span = std::atof(argv[2]) / 1000;
  drive::server server(argv + 4);
  std::vector<int> fds(static_cast<std::size_t>(std::atoi(argv[1])));
  const double warm = drive::now() + span / 10;
  while (drive::now() < warm) batch(server, fds);

  const double begin = drive::now();
  const double cpu = server.cpu();
  const double disturbed = server.disturbed();
  double served = 0;
  while (drive::now() < begin + span) {
    batch(server, fds);
    served += static_cast<double>(fds.size());
  }
  const double took = drive::now() - begin;
  std::printf("disturbed share - %.4f\n", (server.disturbed() - disturbed) / took);
  std::printf("rate connections/s more %.0f\n", served / took);
  std::printf("server-cpu µs/connection less %.3f\n", (server.cpu() - cpu) / served * 1e6);
}
