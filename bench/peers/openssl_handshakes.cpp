// SPDX-License-Identifier: MIT
// Handshakes by SSL_accept and SSL_connect on blocking sockets, each of those that are under way at once in a
// thread. The usage is that of bench/tls_handshakes.cpp.
#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include "openssl_by_hand.hpp"

using namespace by_hand;

namespace {

void tell_cpu(const char* who, double used, int count) {
  std::printf("%s-cpu µs/handshake less %.2f\n", who, used / count * 1e6);
}

// `times` calls, on so many threads.
template <class Function>
void on_threads(int threads, int times, Function call) {
  std::atomic<int> left(times);
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&] {
      while (left-- > 0) call();
    });
  }
  for (std::thread& t : all) t.join();
}

void answer(SSL_CTX* context, int listener) {
  const int fd = accepted(listener);
  SSL* const ssl = SSL_new(context);
  SSL_set_fd(ssl, fd);
  if (SSL_accept(ssl) != 1) give_up("SSL_accept");
  char byte = 0;
  if (SSL_read(ssl, &byte, 1) != 1 || SSL_write(ssl, &byte, 1) != 1) give_up("echo");
  SSL_read(ssl, &byte, 1);  // it resets the connection
  SSL_free(ssl);
  close(fd);
}

thread_local SSL_SESSION* kept = nullptr;

int keep(SSL* /*ssl*/, SSL_SESSION* session) {
  SSL_SESSION_free(kept);
  kept = session;
  return 1;
}

void visit(SSL_CTX* context, int port, bool resumes) {
  const int fd = connected(port);
  const linger reset{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  SSL* const ssl = SSL_new(context);
  verify_for(ssl, "localhost");
  SSL_set_fd(ssl, fd);
  const bool had = kept != nullptr && resumes;
  if (had) SSL_set_session(ssl, kept);
  if (SSL_connect(ssl) != 1) give_up("SSL_connect");
  if ((SSL_session_reused(ssl) == 1) != had) give_up("resumption");
  char byte = 'x';
  if (SSL_write(ssl, &byte, 1) != 1 || SSL_read(ssl, &byte, 1) != 1 || byte != 'x') give_up("echo");
  SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);  // or the session could not be resumed
  SSL_free(ssl);
  close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) return 2;
  const std::string directory = argv[2];
  const int count = std::atoi(argv[4]);
  const int at_once = std::atoi(argv[5]);
  if (std::strcmp(argv[1], "serve") == 0) {
    SSL_CTX* const context = server_context(directory, argv[3]);
    const int listener = listening();
    const double begin = seconds(CLOCK_PROCESS_CPUTIME_ID);
    on_threads(at_once, count, [&] { answer(context, listener); });
    tell_cpu("server", seconds(CLOCK_PROCESS_CPUTIME_ID) - begin, count);
  } else if (argc > 7) {
    const int port = std::atoi(argv[6]);
    const bool resumes = std::strcmp(argv[7], "resumed") == 0;
    SSL_CTX* const context = client_context(directory);
    if (resumes) {
      SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
      SSL_CTX_sess_set_new_cb(context, &keep);
    }
    // Each thread's first one is full in any case; they are 8 of 2000, and not told apart.
    const double used = seconds(CLOCK_PROCESS_CPUTIME_ID);
    const double begin = seconds(CLOCK_MONOTONIC);
    on_threads(at_once, count, [&] { visit(context, port, resumes); });
    std::printf("rate handshakes/s more %.0f\n", count / (seconds(CLOCK_MONOTONIC) - begin));
    tell_cpu("client", seconds(CLOCK_PROCESS_CPUTIME_ID) - used, count);
  }
}
