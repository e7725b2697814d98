// SPDX-License-Identifier: MIT
// One stream over TLS 1.3 by SSL_write and SSL_read on blocking sockets. It reads ahead: otherwise each
// record would take two calls, one for its header. The usage is that of bench/tls_bulk.cpp.
#include <cstdint>
#include <cstring>
#include <vector>

#include "openssl_by_hand.hpp"

using namespace by_hand;

namespace {

struct report {
  std::uint64_t bytes = 0;
  std::uint64_t sum = 0;
  void add(const unsigned char* piece, std::size_t size) {
    for (std::size_t i = (4096 - bytes % 4096) % 4096; i < size; i += 4096) sum += piece[i];
    bytes += size;
  }
};

void tell_cpu(const char* who, double used, std::uint64_t bytes) {
  std::printf("%s-cpu s/GB less %.4f\n", who, used / static_cast<double>(bytes) * 1e9);
}

void receive(const std::string& directory) {
  SSL_CTX* const context = server_context(directory, "1.3");
  SSL_CTX_set_read_ahead(context, 1);
  const int listener = listening();
  SSL* const ssl = SSL_new(context);
  SSL_set_fd(ssl, accepted(listener));
  if (SSL_accept(ssl) != 1) give_up("SSL_accept");
  std::vector<unsigned char> buffer(128 * 1024);
  const double begin = seconds(CLOCK_PROCESS_CPUTIME_ID);
  report came;
  std::size_t n = 0;
  while (SSL_read_ex(ssl, buffer.data(), buffer.size(), &n) == 1) came.add(buffer.data(), n);
  if (SSL_get_error(ssl, 0) != SSL_ERROR_ZERO_RETURN) give_up("SSL_read");
  tell_cpu("receiver", seconds(CLOCK_PROCESS_CPUTIME_ID) - begin, came.bytes);
  if (SSL_write(ssl, &came, sizeof came) != sizeof came) give_up("SSL_write");
  SSL_shutdown(ssl);
}

void send(const std::string& directory, int port, std::size_t size, double span) {
  SSL_CTX* const context = client_context(directory);
  SSL* const ssl = SSL_new(context);
  verify_for(ssl, "localhost");
  SSL_set_fd(ssl, connected(port));
  if (SSL_connect(ssl) != 1) give_up("SSL_connect");
  std::vector<unsigned char> piece(size);
  for (std::size_t i = 0; i < size; ++i) piece[i] = static_cast<unsigned char>(i * 2654435761U >> 16);
  const double used = seconds(CLOCK_PROCESS_CPUTIME_ID);
  const double begin = seconds(CLOCK_MONOTONIC);
  report went;
  while (seconds(CLOCK_MONOTONIC) < begin + span) {
    std::size_t n = 0;
    if (SSL_write_ex(ssl, piece.data(), size, &n) != 1 || n != size) give_up("SSL_write");
    went.add(piece.data(), size);
  }
  const double sending = seconds(CLOCK_PROCESS_CPUTIME_ID) - used;
  SSL_shutdown(ssl);
  report came;
  if (SSL_read(ssl, &came, sizeof came) != sizeof came) give_up("SSL_read");
  const double took = seconds(CLOCK_MONOTONIC) - begin;
  if (came.bytes != went.bytes || came.sum != went.sum) give_up("not what was sent");
  std::printf("rate GB/s more %.3f\n", static_cast<double>(came.bytes) / took / 1e9);
  tell_cpu("sender", sending, came.bytes);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2 && std::strcmp(argv[1], "receive") == 0) {
    receive(argv[2]);
  } else if (argc > 5) {
    send(argv[2], std::atoi(argv[3]), static_cast<std::size_t>(std::atoi(argv[4])),
         std::atof(argv[5]) / 1000);
  } else {
    return 2;
  }
}
