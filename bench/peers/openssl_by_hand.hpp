// SPDX-License-Identifier: MIT
// What the programs on OpenSSL alone share: contexts as a careful user sets them up, and blocking sockets.
// The roots, the certificate and its key are those of the other contestants.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace by_hand {

[[noreturn]] inline void give_up(const char* why) {
  std::perror(why);
  ERR_print_errors_fp(stderr);
  std::exit(1);
}

inline double seconds(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

/// `version` is "1.2" or "1.3", the highest that it speaks.
inline SSL_CTX* server_context(const std::string& directory, const std::string& version) {
  std::signal(SIGPIPE, SIG_IGN);
  SSL_CTX* const c = SSL_CTX_new(TLS_server_method());
  if (c == nullptr || SSL_CTX_use_certificate_chain_file(c, (directory + "/server.pem").c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(c, (directory + "/server.key").c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_set_max_proto_version(c, version == "1.2" ? TLS1_2_VERSION : TLS1_3_VERSION) != 1) {
    give_up("server context");
  }
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);  // sessions are in tickets
  SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION);
  return c;
}

/// Verifies servers; verify_for() says whom they must be.
inline SSL_CTX* client_context(const std::string& directory) {
  std::signal(SIGPIPE, SIG_IGN);
  SSL_CTX* const c = SSL_CTX_new(TLS_client_method());
  if (c == nullptr || SSL_CTX_load_verify_locations(c, (directory + "/ca.pem").c_str(), nullptr) != 1) {
    give_up("client context");
  }
  SSL_CTX_set_verify(c, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION);
  return c;
}
inline void verify_for(SSL* ssl, const char* name) {
  if (SSL_set_tlsext_host_name(ssl, name) != 1 || SSL_set1_host(ssl, name) != 1) give_up("server name");
}

/// Listens at a free port of 127.0.0.1 and prints it.
inline int listening() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener, 4096) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    give_up("listen");
  }
  std::printf("%u\n", unsigned{ntohs(address.sin_port)});
  std::fflush(stdout);
  return listener;
}

inline int accepted(int listener) {
  const int fd = accept(listener, nullptr, nullptr);
  const int on = 1;
  if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) give_up("accept");
  return fd;
}

inline int connected(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<in_port_t>(port));
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) give_up("connect");
  return fd;
}

}  // namespace by_hand
