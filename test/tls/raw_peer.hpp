// SPDX-License-Identifier: MIT
// The other side of an engine by OpenSSL alone, over memory: it does what no program does, and the test holds
// every byte in between.
#pragma once

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <array>
#include <stdexcept>
#include <string>
#include <utility>

#include <fairlead/tls.hpp>

#include "support/certificates.hpp"

namespace fairlead::testing {

class raw_peer {
 public:
  raw_peer(bool server, int version)
      : context_(SSL_CTX_new(server ? TLS_server_method() : TLS_client_method())) {
    SSL_CTX_set_min_proto_version(context_, version);
    SSL_CTX_set_max_proto_version(context_, version);
    ssl_ = SSL_new(context_);
    SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    if (server) {
      use(test_leaf());
      SSL_set_accept_state(ssl_);
    } else {
      SSL_set_connect_state(ssl_);
    }
  }
  raw_peer(const raw_peer&) = delete;
  raw_peer& operator=(const raw_peer&) = delete;
  ~raw_peer() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    ERR_clear_error();
  }

  [[nodiscard]] SSL* ssl() const noexcept { return ssl_; }
  /// 1: the handshake is over.
  int step() {
    ERR_clear_error();
    return SSL_do_handshake(ssl_);
  }
  /// What came from the engine.
  void feed(std::string_view bytes) {
    BIO_write(SSL_get_rbio(ssl_), bytes.data(), static_cast<int>(bytes.size()));
  }
  /// What goes to the engine.
  std::string take() {
    std::string bytes(BIO_ctrl_pending(SSL_get_wbio(ssl_)), '\0');
    if (!bytes.empty()) BIO_read(SSL_get_wbio(ssl_), bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
  }
  void send(std::string_view text) {
    ERR_clear_error();
    if (SSL_write(ssl_, text.data(), static_cast<int>(text.size())) <= 0)
      throw std::runtime_error("SSL_write");
  }
  std::string recv() {
    std::string all;
    std::array<char, 4096> piece{};
    ERR_clear_error();
    for (int n = 0; (n = SSL_read(ssl_, piece.data(), piece.size())) > 0;)
      all.append(piece.data(), static_cast<std::size_t>(n));
    return all;
  }

 private:
  void use(const minted& m) {
    BIO* const c = BIO_new_mem_buf(m.certificate.data(), static_cast<int>(m.certificate.size()));
    X509* const certificate = PEM_read_bio_X509(c, nullptr, nullptr, nullptr);
    BIO* const k = BIO_new_mem_buf(m.key.data(), static_cast<int>(m.key.size()));
    EVP_PKEY* const key = PEM_read_bio_PrivateKey(k, nullptr, nullptr, nullptr);
    SSL_use_certificate(ssl_, certificate);
    SSL_use_PrivateKey(ssl_, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
    BIO_free(c);
    BIO_free(k);
  }

  SSL_CTX* context_;
  SSL* ssl_ = nullptr;
};

/// Everything that the engine wants to send.
inline std::string output_of(detail::tls_engine& e) {
  std::string all;
  for (const_buffer out = e.output(); out.size > 0; out = e.output()) {
    all.append(reinterpret_cast<const char*>(out.data), out.size);
    e.sent(out.size);
  }
  return all;
}

/// What the engine reads out of `bytes`; the step that ended it.
inline std::pair<detail::tls_engine::step, std::string> read_from(detail::tls_engine& e,
                                                                  std::string_view bytes) {
  using step = detail::tls_engine::step;
  if (!bytes.empty()) e.feed(const_buffer(bytes));
  std::string all;
  std::array<char, 4096> piece{};
  for (;;) {
    std::size_t n = 0;
    const step s = e.read(mutable_buffer(piece), n);
    if (s != step::done) return {s, all};
    all.append(piece.data(), n);
  }
}

inline detail::tls_engine::step write_to(detail::tls_engine& e, std::string_view text) {
  const const_buffer one(text);
  std::size_t taken = 0;
  return e.write(const_buffers(&one, 1), 0, taken);
}

/// Both shake hands, `portion` bytes at a time. False if one of them fails.
inline bool shake_by_hand(detail::tls_engine& e, raw_peer& peer, std::size_t portion = 1U << 20U) {
  using step = detail::tls_engine::step;
  bool engine_done = false;
  bool peer_done = false;
  for (int i = 0; i < 20 && !(engine_done && peer_done); ++i) {
    if (!engine_done) {
      const step s = e.handshake();
      if (s == step::failed) return false;
      engine_done = s == step::done;
    }
    peer.feed(output_of(e));
    peer_done = peer.step() == 1;
    const std::string answer = peer.take();
    for (std::size_t at = 0; at < answer.size(); at += portion) {
      const std::string_view piece = std::string_view(answer).substr(at, portion);
      e.feed(const_buffer(piece));
      std::size_t n = 0;
      const step s = engine_done ? e.read(mutable_buffer(), n) : e.handshake();
      if (s == step::failed) return false;
      if (s == step::done) engine_done = true;
      if (e.has_input()) {  // sessions that came right behind the handshake
        std::array<char, 64> none{};
        if (e.read(mutable_buffer(none), n) != step::wants_input) return false;
      }
      peer.feed(output_of(e));
    }
  }
  return engine_done && peer_done;
}

}  // namespace fairlead::testing
