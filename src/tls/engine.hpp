// SPDX-License-Identifier: MIT
// What is behind a tls_engine: OpenSSL's object, and the memory that it reads from and writes to.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <fairlead/tls_engine.hpp>

#include "tls/byte_queue.hpp"
#include "tls/context.hpp"
#include "tls/openssl.hpp"
#include "tls/words.hpp"

namespace fairlead::detail {

struct tls_engine_state {
  /// Null if there is no memory; otherwise `ssl` is there, with us as its BIO.
  [[nodiscard]] static std::unique_ptr<tls_engine_state> create(const tls_shared_ptr& from);
  [[nodiscard]] static tls_engine_state& of(const SSL* s) noexcept {
    // Its own place for such a pointer would cost each connection 96 bytes.
    return *static_cast<tls_engine_state*>(BIO_get_data(SSL_get_rbio(s)));
  }

  /// Ciphertext goes that way for as long as this lives.
  class outlet_use {
   public:
    outlet_use(tls_engine_state& s, tls_outlet to) noexcept : state_(s) { s.at_once = to; }
    outlet_use(const outlet_use&) = delete;
    outlet_use& operator=(const outlet_use&) = delete;
    ~outlet_use() { state_.at_once = {}; }

   private:
    tls_engine_state& state_;
  };

  std::mutex lock;
  tls_shared_ptr from;  // the tls_context
  ssl_ptr ssl;
  std::string name;      // whom a client wants; empty at a server
  std::string distrust;  // what is wrong with the peer's certificate
  std::unique_ptr<tls_failure> failure;

  const std::byte* in = nullptr;
  std::size_t in_left = 0;
  tls_outlet at_once;             // while something is written, where it may go without being copied
  byte_queue pending;             // what was encrypted last
  byte_queue departing;           // what somebody is sending: it must hold still
  std::size_t unasked_bytes = 0;  // in `pending`, from answers that nobody has sent yet

  // Sessions for the client to resume, sent with our first bytes and not with the handshake: a client that
  // only sends, and closes without having read them, would reset its own connection.
  int tickets_owed = 0;
  bool is_server = false;
  bool in_ended = false;
  bool receiving = false;
  bool sending = false;
  bool established = false;
  bool peer_finished = false;       // it has said close_notify
  bool finished = false;            // we have
  bool output_lost = false;         // nobody knows how much of `departing` went out
  bool wanted_certificate = false;  // the server asked who we are

  /// Notes what OpenSSL has just said, which ends everything.
  tls_engine::step fail();
  tls_engine::step fail(tls_failure f);
  /// The stream below has ended in the middle.
  tls_engine::step cut_off();
  /// Both are to be called with the lock held.
  [[nodiscard]] bool may_send() const noexcept {
    return !output_lost && !finished && (!failure || !failure->fatal);
  }
};

}  // namespace fairlead::detail
