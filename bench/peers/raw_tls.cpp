// SPDX-License-Identifier: MIT
// bench/tls.cpp on OpenSSL alone, over blocking sockets (without blocking for `memory`, where one thread
// holds both ends). Usage: bench-peer-raw_tls bulk|full|resumed|memory
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t piece = 65536;
constexpr std::size_t pieces = 1'000'000'000 / piece;
constexpr int handshakes = 2000;
constexpr int idle = 1000;

SSL_CTX* client = SSL_CTX_new(TLS_client_method());
SSL_CTX* server = SSL_CTX_new(TLS_server_method());
SSL_SESSION* latest = nullptr;

void make_identity() {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const c = X509_new();
  X509_set_version(c, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(c), 1);
  X509_gmtime_adj(X509_getm_notBefore(c), -3600);
  X509_gmtime_adj(X509_getm_notAfter(c), 86400);
  X509_set_pubkey(c, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(c), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(c, X509_get_subject_name(c));
  X509_EXTENSION* const names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost");
  X509_add_ext(c, names, -1);
  X509_EXTENSION_free(names);
  X509_sign(c, key, EVP_sha256());
  SSL_CTX_use_certificate(server, c);
  SSL_CTX_use_PrivateKey(server, key);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(client), c);
}

SSL* make(SSL_CTX* of, int fd) {
  SSL* const s = SSL_new(of);
  SSL_set_fd(s, fd);
  if (of != client) {
    SSL_set_accept_state(s);
    return s;
  }
  SSL_set_connect_state(s);
  SSL_set1_host(s, "localhost");
  SSL_set_tlsext_host_name(s, "localhost");
  return s;
}

std::pair<int, int> tcp_pair() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  auto* const address = reinterpret_cast<sockaddr*>(&where);
  bind(listener, address, size);
  listen(listener, 1);
  getsockname(listener, address, &size);
  const int near = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(near, address, size) != 0) std::exit(1);
  const int far = accept(listener, nullptr, nullptr);
  close(listener);
  const int one = 1;
  for (const int fd : {near, far}) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return {near, far};
}

struct measured {
  std::clock_t used = std::clock();
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  }
  double of_the_processor() const { return static_cast<double>(std::clock() - used) / CLOCKS_PER_SEC; }
};

void bulk() {
  const auto [near, far] = tcp_pair();
  SSL* const here = make(client, near);
  SSL* const there = make(server, far);
  std::thread accepts([there] { SSL_accept(there); });
  if (SSL_connect(here) != 1) std::exit(1);
  accepts.join();
  const measured m;
  std::thread receives([there] {
    std::vector<char> bytes(piece);
    while (SSL_read(there, bytes.data(), piece) > 0) continue;
  });
  const std::vector<char> bytes(piece);
  for (std::size_t i = 0; i < pieces; ++i) SSL_write(here, bytes.data(), piece);
  SSL_shutdown(here);
  receives.join();
  std::printf("rate GB/s more %.3f\ncpu s/GB less %.4f\n", 1 / m.seconds(), m.of_the_processor());
}

void shake(bool resumes) {
  int resumed = 0;
  std::vector<std::pair<int, int>> ends;
  for (int i = 0; i < handshakes; ++i) ends.push_back(tcp_pair());
  const measured m;
  std::thread serves([&ends] {
    for (const auto& [near, far] : ends) {
      SSL* const s = make(server, far);
      char rest = 0;
      SSL_accept(s);
      SSL_write(s, "x", 1);
      SSL_shutdown(s);
      SSL_read(s, &rest, 1);
      SSL_free(s);
      close(far);
    }
  });
  for (const auto& [near, far] : ends) {
    SSL* const s = make(client, near);
    char x = 0;
    if (resumes && latest != nullptr) SSL_set_session(s, latest);
    if (SSL_connect(s) != 1) std::exit(1);
    SSL_read(s, &x, 1);
    resumed += SSL_session_reused(s);
    SSL_shutdown(s);
    SSL_read(s, &x, 1);
    SSL_free(s);
    close(near);
  }
  serves.join();
  std::fprintf(stderr, "%d of %d resumed\n", resumed, handshakes);
  std::printf("rate /s more %.0f\ncpu ms less %.4f\n", handshakes / m.seconds(),
              m.of_the_processor() / handshakes * 1000);
}

double resident_kib() {
  std::ifstream in("/proc/self/statm");
  double size = 0;
  double pages = 0;
  in >> size >> pages;
  return pages * 4;
}

void memory() {
  double before = 0;
  for (int i = -50; i < idle; ++i) {
    if (i == 0) before = resident_kib();
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) != 0) std::exit(1);
    SSL* const near = make(client, ends[0]);
    SSL* const far = make(server, ends[1]);
    for (int turn = 0; turn < 4; ++turn) SSL_do_handshake(near), SSL_do_handshake(far);
    char x = 0;
    SSL_write(far, "x", 1);
    if (SSL_read(near, &x, 1) != 1) std::exit(1);
    SSL_read(near, &x, 1);
    SSL_read(far, &x, 1);
  }
  std::printf("memory KiB less %.2f\n", (resident_kib() - before) / idle);
}

}  // namespace

int main(int count, char** words) {
  const std::string_view what = count > 1 ? words[1] : "bulk";
  signal(SIGPIPE, SIG_IGN);
  make_identity();
  for (SSL_CTX* const c : {client, server}) SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(client, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(server, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_session_cache_mode(client, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(client, [](SSL*, SSL_SESSION* s) {
    SSL_SESSION_free(latest);
    latest = s;
    return 1;
  });
  if (what == "bulk") bulk();
  if (what == "full" || what == "resumed") shake(what == "resumed");
  if (what == "memory") memory();
}
