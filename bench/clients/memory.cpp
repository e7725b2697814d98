// SPDX-License-Identifier: MIT
// Measures what the connections of an echo server cost it in memory: opens them by and by, has each say one
// message and wait, and looks at the server's resident memory when there are none and at each number asked
// for. Usage: bench-client-memory CONNECTIONS[,CONNECTIONS]... -- SERVER...     Prints lines "CONNECTIONS
// KIBIBYTES".
#include <poll.h>

#include <vector>

#include "drive.hpp"

namespace {

void speak(int fd, unsigned number) {
  char message[64];
  char answer[sizeof message];
  std::memset(message, static_cast<int>('a' + number % 26), sizeof message);
  const timeval patience{5, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (send(fd, message, sizeof message, MSG_NOSIGNAL) != sizeof message ||
      recv(fd, answer, sizeof answer, MSG_WAITALL) != sizeof answer) {
    drive::give_up("no answer");
  }
  if (std::memcmp(message, answer, sizeof message) != 0) drive::give_up("the echo is not what was sent");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    return std::fputs("usage: bench-client-memory CONNECTIONS[,CONNECTIONS]... -- SERVER...\n", stderr), 2;
  }
  drive::allow_many_descriptors();
  drive::server server(argv + 3);
  std::vector<int> fds;
  std::printf("0 %ld\n", drive::resident(server.process()));
  for (char* rest = argv[1]; *rest != '\0'; rest += *rest == ',' ? 1 : 0) {
    const auto wanted = static_cast<std::size_t>(std::strtol(rest, &rest, 10));
    // A few at a time: a server that spoke to all would have them all under way at once.
    while (fds.size() < wanted) {
      fds.push_back(server.connect(static_cast<int>(fds.size())));
      speak(fds.back(), static_cast<unsigned>(fds.size()));
    }
    poll(nullptr, 0, 20);  // what it does after its last word
    std::printf("%zu %ld\n", wanted, drive::resident(server.process()));
    if (*rest != ',' && *rest != '\0') return std::fputs("not a list of numbers\n", stderr), 2;
  }
  server.stop();
}
