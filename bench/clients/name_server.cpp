// SPDX-License-Identifier: MIT
// A name server that is some way off: knows an address of either family for every name, and answers each
// question after a time. Usage: bench-client-name_server MICROSECONDS     on 127.0.0.1:53, until it is ended
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>

using clock_type = std::chrono::steady_clock;

struct answer {
  clock_type::time_point due;
  sockaddr_in to;
  std::string bytes;
};

// The question with its one record behind it; the name is a pointer to the one in the question.
std::string answer_to(const char* question, std::size_t size) {
  std::size_t end = 12;
  while (end < size && question[end] != 0) end += static_cast<unsigned char>(question[end]) + 1U;
  end += 5;
  if (end > size) return {};
  const bool v6 = question[end - 3] == 28;
  std::string m(question, end);
  std::memcpy(m.data() + 2, "\x81\x80\0\1\0\1\0\0\0\0", 10);
  m.append(v6 ? "\xc0\x0c\0\x1c\0\1\0\0\1\x2c\0\x10\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
              : "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\1",
           v6 ? 28 : 16);
  return m;
}

int main(int argc, char** argv) {
  const std::chrono::microseconds delay(argc > 1 ? std::atoi(argv[1]) : 0);
  const int s = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_port = htons(53);
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(s, reinterpret_cast<sockaddr*>(&here), sizeof here) != 0) return std::perror("bind"), 1;
  std::deque<answer> waiting;
  char buffer[1500];
  for (;;) {
    const auto now = clock_type::now();
    for (; !waiting.empty() && waiting.front().due <= now; waiting.pop_front()) {
      const answer& a = waiting.front();
      sendto(s, a.bytes.data(), a.bytes.size(), 0, reinterpret_cast<const sockaddr*>(&a.to), sizeof a.to);
    }
    sockaddr_in from{};
    socklen_t length = sizeof from;
    const ssize_t n = recvfrom(s, buffer, sizeof buffer, 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (n > 12) {
      waiting.push_back({now + delay, from, answer_to(buffer, static_cast<std::size_t>(n))});
      continue;
    }
    if (n >= 0) continue;
    pollfd p{s, POLLIN, 0};
    timespec left{};
    if (!waiting.empty()) {
      const auto ns = std::chrono::nanoseconds(waiting.front().due - clock_type::now()).count();
      left.tv_nsec = ns > 0 ? static_cast<long>(ns % 1'000'000'000) : 0;
    }
    ppoll(&p, 1, waiting.empty() ? nullptr : &left, nullptr);
  }
}
