// SPDX-License-Identifier: MIT
// TLS 1.2 and 1.3 (RFC 5246, RFC 8446) over any stream, as a stream.
//
//   auto client = tls_client::create();
//   auto secure = co_await or_return(client->connect(std::move(tcp), "example.org"));
//   co_await or_return(secure.send("GET / HTTP/1.0\r\n\r\n"));
//
// Who the peer is, is verified before anything is sent. docs/design/tls.md has the rules.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <fairlead/address.hpp>
#include <fairlead/buffer.hpp>
#include <fairlead/certificate.hpp>
#include <fairlead/error.hpp>
#include <fairlead/export.hpp>
#include <fairlead/loan.hpp>
#include <fairlead/stream.hpp>
#include <fairlead/task.hpp>
#include <fairlead/timer.hpp>
#include <fairlead/tls_engine.hpp>

namespace fairlead {

template <stream S>
class tls_stream;

namespace detail {

/// What the copies of a tls_client or tls_server share makes the engines of its connections.
using make_tls_engine = result<tls_engine> (*)(const tls_shared_ptr& from, const std::string& server_name);
FAIRLEAD_API result<tls_engine> make_client_engine(const tls_shared_ptr& from,
                                                   const std::string& server_name);
FAIRLEAD_API result<tls_engine> make_server_engine(const tls_shared_ptr& from,
                                                   const std::string& server_name);

template <stream S>
task<result<tls_stream<S>>> shake_hands(tls_shared_ptr from, make_tls_engine make, S inner,
                                        std::string server_name);

}  // namespace detail

struct tls_client_options {
  /// Whose signatures are believed: the certificates in these PEM files and in this text. With neither, and
  /// no pins, the system's roots (SSL_CERT_FILE and SSL_CERT_DIR in the environment choose others).
  std::vector<std::string> ca_files;
  std::string ca_pem;
  /// Revocation lists, in PEM. If there are any, the certificate's issuer must have one.
  std::vector<std::string> crl_files;
  std::string crl_pem;
  /// The server's key must be one of these. With pins and no roots given, nothing else matters: whoever
  /// signed its certificate, and whatever that says.
  std::vector<public_key_pin> pins;
  /// The protocols to speak inside (ALPN, RFC 7301), the preferred one first: "h2", "http/1.1".
  std::vector<std::string> alpn;
  /// What to show to servers that ask who we are.
  std::optional<tls_identity> identity;
  tls_version minimum = tls_version::tls1_2;
  tls_version maximum = tls_version::tls1_3;
  /// By OpenSSL's names, with colons between them (openssl-ciphers(1)); those of TLS 1.3 begin with "TLS_".
  std::string ciphers;
  /// The keys of each connection are appended to this file, for Wireshark. Whoever reads it reads everything.
  std::string key_log_file;
  /// Verifies no certificate: anybody on the way can read and change everything. Pins, if there are any,
  /// still hold.
  bool dangerously_trust_anyone = false;
  /// Sessions that are kept to shorten later handshakes with the same server; 0: none.
  std::size_t cached_sessions = 256;
};

/// What connections to servers have in common. A handle: copies share it, on any thread.
class FAIRLEAD_API tls_client {
 public:
  /// An error names the file that cannot be used, and says why.
  [[nodiscard]] static result<tls_client> create(tls_client_options options = {});

  /// The handshake over `inner`, which is gone if it fails. `server_name`, a host's name or an IP address, is
  /// whom the certificate must be for, and what a server with several chooses by (SNI, RFC 6066). Errors:
  /// fault::untrusted and what is wrong with the certificate; fault::truncated if the server closes in the
  /// middle; errc::connection_aborted and the server's words if it refuses; errc::protocol_error.
  /// Turns Nagle's algorithm off (option::no_delay) where `inner` is TCP.
  /// STARTTLS: connect(std::move(reader), …), where `reader` is the buffered_reader of the plain connection:
  /// what it has read ahead is read first.
  template <stream S>
  [[nodiscard]] task<result<tls_stream<S>>> connect(S inner, std::string server_name) const {
    return detail::shake_hands<S>(shared_, &detail::make_client_engine, std::move(inner),
                                  std::move(server_name));
  }

  /// Internal.
  [[nodiscard]] const detail::tls_shared_ptr& shared() const noexcept { return shared_; }

 private:
  explicit tls_client(detail::tls_shared_ptr p) noexcept : shared_(std::move(p)) {}
  detail::tls_shared_ptr shared_;
};

/// Whether clients show certificates too.
enum class client_certificates : std::uint8_t {
  none,      ///< they are not asked
  optional,  ///< one that is shown must be good
  required,
};

struct tls_server_options {
  /// Of those that are for the name the client asks for (SNI) the first of each kind of key is shown; the
  /// first of all if there is none. At least one.
  std::vector<tls_identity> identities;
  client_certificates clients = client_certificates::none;
  /// Whose signatures on clients' certificates are believed. There is no default.
  std::vector<std::string> ca_files;
  std::string ca_pem;
  std::vector<std::string> crl_files;
  std::string crl_pem;
  /// The client's key must be one of these. With pins and no roots, nothing else matters.
  std::vector<public_key_pin> pins;
  /// The protocols spoken inside, the preferred one first. A client that offers only others is refused.
  std::vector<std::string> alpn;
  tls_version minimum = tls_version::tls1_2;
  tls_version maximum = tls_version::tls1_3;
  std::string ciphers;       ///< as in tls_client_options
  std::string key_log_file;  ///< as in tls_client_options
};

/// What a server's connections have in common. A handle: copies share it, on any thread.
class FAIRLEAD_API tls_server {
 public:
  [[nodiscard]] static result<tls_server> create(tls_server_options options);

  /// The handshake over `inner`, which is gone if it fails. Bound it: accept(…).within(10s), or a client that
  /// says nothing stays for ever. Errors as with tls_client::connect().
  template <stream S>
  [[nodiscard]] task<result<tls_stream<S>>> accept(S inner) const {
    return detail::shake_hands<S>(shared_, &detail::make_server_engine, std::move(inner), {});
  }

  /// Other certificates, for handshakes that begin from now on. Connections stay, and clients still resume
  /// the sessions they had.
  result<void> reload(std::vector<tls_identity> identities) const;

  /// Internal.
  [[nodiscard]] const detail::tls_shared_ptr& shared() const noexcept { return shared_; }

 private:
  explicit tls_server(detail::tls_shared_ptr p) noexcept : shared_(std::move(p)) {}
  detail::tls_shared_ptr shared_;
};

/// Whether this kernel can encrypt by itself (the TLS ULP, Linux 4.13). Nothing depends on it yet.
[[nodiscard]] FAIRLEAD_API bool kernel_tls_available();

namespace detail {

/// A socket: it lends memory with what has arrived, and says at once if nothing has.
template <class S>
concept lends_memory = requires(S& s, mutable_buffer into) {
  { s.recv() } -> operation_giving<loan>;
  { s.recv(into).now() } -> std::same_as<result<std::size_t>>;
};

/// Where ciphertext lies until the engine has taken it, if it was not lent.
class FAIRLEAD_API tls_input_memory {
 public:
  static constexpr std::size_t largest = 65536;

  tls_input_memory() = default;
  tls_input_memory(const tls_input_memory&) = delete;
  tls_input_memory& operator=(const tls_input_memory&) = delete;
  ~tls_input_memory() { release(); }
  /// Grows as long as what arrives fills it.
  [[nodiscard]] mutable_buffer room() { return room(wanted_); }
  [[nodiscard]] mutable_buffer room(std::size_t size);
  /// So much of room() was filled.
  [[nodiscard]] const_buffer filled(std::size_t n) noexcept;
  void release() noexcept;

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t wanted_ = 1024;
};

/// The address that an error names; empty if there is none.
[[nodiscard]] FAIRLEAD_API std::string address_in_words(const result<endpoint>& e);

template <class S>
std::string address_of(S& s) {
  if constexpr (requires { s.peer_endpoint(); }) {
    return address_in_words(s.peer_endpoint());
  } else if constexpr (requires { s.inner(); }) {
    return address_of(s.inner());
  } else {
    return {};
  }
}

/// A client says its last word of the handshake and then its first request, two small pieces in a row.
/// Nagle's algorithm would hold the second until the first is acknowledged, which a server without an answer
/// puts off for 40 ms.
template <class S>
void without_delay(S& s) {
  if constexpr (requires { send_at_once(s); }) {
    send_at_once(s);
  } else if constexpr (requires { s.inner(); }) {
    without_delay(s.inner());
  }
}

/// The engine and the stream below it: what a tls_stream shares with the operations that are in flight on it,
/// so that it can be moved and destroyed meanwhile.
template <stream S>
struct tls_link final : tls_shared {
  S inner;
  tls_engine engine;
  loan lent;                // from streams that lend
  bool more_waits = false;  // the last loan was full
  tls_input_memory memory;

  tls_link(S&& s, tls_engine&& e) : inner(std::move(s)), engine(std::move(e)) {}

  /// Memory that was lent goes back as soon as the engine has taken what is in it.
  void give_back() {
    if constexpr (lends_memory<S>) {
      if (engine.has_input()) return;
      if (!lent.empty()) loan(std::move(lent));
      memory.release();
    }
  }
};

/// An operation in one direction; there is only one at a time.
class tls_turn {
 public:
  tls_turn(tls_engine& e, tls_engine::direction d) : engine_(e.occupy(d) ? &e : nullptr), direction_(d) {}
  tls_turn(const tls_turn&) = delete;
  tls_turn& operator=(const tls_turn&) = delete;
  ~tls_turn() {
    if (engine_ != nullptr) engine_->vacate(direction_);
  }
  explicit operator bool() const noexcept { return engine_ != nullptr; }

 private:
  tls_engine* engine_;
  tls_engine::direction direction_;
};

/// Output on its way. If the coroutine is destroyed meanwhile, nobody will know how much of it went.
class tls_departure {
 public:
  explicit tls_departure(tls_engine& e) noexcept : engine_(&e) {}
  tls_departure(const tls_departure&) = delete;
  tls_departure& operator=(const tls_departure&) = delete;
  ~tls_departure() {
    if (engine_ != nullptr) engine_->lose_output();
  }
  void settle(const result<std::size_t>& n) {
    std::exchange(engine_, nullptr)->sent(n ? *n : n.error().transferred());
  }

 private:
  tls_engine* engine_;
};

/// Sends what waits to be sent. What an error leaves goes first next time.
template <stream S>
task<result<void>> flush(tls_link<S>& link) {
  for (;;) {
    const const_buffer out = link.engine.output();
    if (out.size == 0) co_return {};
    tls_departure departure(link.engine);
    const result<std::size_t> n = co_await link.inner.send(out);
    departure.settle(n);
    if (!n) co_return std::unexpected(n.error());
  }
}

/// Receives for the engine.
template <stream S>
task<result<void>> fill(tls_link<S>& link) {
  const_buffer got;
  if constexpr (lends_memory<S>) {
    // Who waits should hold no memory, so it waits for a loan, which is small. Behind a full one there is
    // more, that a single call can fetch; then it is a loan's turn again, lest others on this loop get none.
    if (std::exchange(link.more_waits, false)) {
      const result<std::size_t> n = link.inner.recv(link.memory.room(tls_input_memory::largest)).now();
      if (n) got = link.memory.filled(*n);
      if (!n && !(n.error() == errc::operation_would_block)) co_return std::unexpected(n.error());
    }
    if (got.size == 0) {
      link.memory.release();
      result<loan> l = co_await link.inner.recv();
      if (!l) co_return std::unexpected(std::move(l.error()));
      link.lent = std::move(*l);
      link.more_waits = link.lent.size() >= 16384;
      got = const_buffer(link.lent.data(), link.lent.size());
    }
  } else {
    const result<std::size_t> n = co_await link.inner.recv(link.memory.room());
    if (!n) co_return std::unexpected(n.error());
    got = link.memory.filled(*n);
  }
  if (got.size == 0) {
    link.engine.end_input();
  } else {
    link.engine.feed(got);
  }
  co_return {};
}

/// The engine has failed: lets the peer know why, unless whoever sends does that already.
template <stream S>
task<result<void>> last_words(tls_link<S>& link) {
  const tls_turn turn(link.engine, tls_engine::direction::sending);
  if (!turn) co_return {};
  co_return co_await flush(link).within(std::chrono::milliseconds(250));
}

template <stream S>
task<result<void>> shake_hands_over(tls_link<S>& link) {
  using step = tls_engine::step;
  for (;;) {
    const step s = link.engine.handshake();
    link.give_back();
    if (s == step::failed) {
      const result<void> said = co_await last_words(link);
      (void)said;  // what is wrong is said below in any case
      break;
    }
    result<void> moved = co_await flush(link);
    if (moved && s == step::done) co_return {};
    if (moved) {
      moved = co_await fill(link);
    } else if (!(moved.error() == errc::timed_out) && !(moved.error() == errc::operation_canceled)) {
      // It closes on us, but may have said why.
      const result<void> heard = co_await fill(link).within(std::chrono::milliseconds(100));
      std::byte unread{};
      std::size_t n = 0;
      if (heard && s == step::done && link.engine.read(mutable_buffer(&unread, 1), n) == step::failed) break;
      if (heard && s != step::done && link.engine.handshake() == step::failed) break;
    }
    if (!moved)
      co_return std::unexpected(link.engine.during_handshake(moved.error(), address_of(link.inner)));
  }
  co_return std::unexpected(link.engine.why(verb::none, address_of(link.inner)));
}

template <stream S>
task<result<tls_stream<S>>> shake_hands(tls_shared_ptr from, make_tls_engine make, S inner,
                                        std::string server_name) {
  result<tls_engine> engine = make(from, server_name);
  if (!engine) co_return std::unexpected(std::move(engine.error()));
  auto* const link = new tls_link<S>(std::move(inner), std::move(*engine));
  tls_shared_ptr owner(link);
  without_delay(link->inner);
  const result<void> done = co_await shake_hands_over(*link);
  if (!done) co_return std::unexpected(done.error());
  co_return tls_stream<S>(std::move(owner));
}

/// Where received plaintext goes: memory of the caller's, or such as is lent once there is something for it.
class tls_into {
 public:
  using value = std::size_t;
  static constexpr bool lends = false;
  explicit tls_into(mutable_buffer b) noexcept : buffer_(b) {}
  [[nodiscard]] mutable_buffer room() noexcept { return buffer_; }
  [[nodiscard]] value filled(std::size_t n) noexcept { return n; }
  void let_go() noexcept {}

 private:
  mutable_buffer buffer_;
};
class tls_into_loan {
 public:
  using value = loan;
  static constexpr bool lends = true;
  [[nodiscard]] mutable_buffer room() noexcept {
    block_ = lent_memory::take();
    return {block_.data(), block_.size()};
  }
  [[nodiscard]] value filled(std::size_t n) noexcept {
    return n == 0 ? loan() : lent_memory::filled(std::move(block_), n);
  }
  /// Nobody holds memory while it waits.
  void let_go() noexcept { loan(std::move(block_)); }

 private:
  loan block_;
};

template <stream S, class Into>
task<result<typename Into::value>> tls_receive(tls_shared_ptr shared, Into into) {
  if (!shared) co_return failure(errc::bad_file_descriptor, verb::recv);
  tls_link<S>& link = static_cast<tls_link<S>&>(*shared.get());
  const tls_turn turn(link.engine, tls_engine::direction::receiving);
  if (!turn) co_return failure(errc::device_or_resource_busy, verb::recv);
  for (;;) {
    std::size_t got = 0;
    const mutable_buffer room = into.room();
    if (Into::lends && room.size == 0) co_return failure(errc::not_enough_memory, verb::recv);
    const tls_engine::step s = link.engine.read(room, got);
    link.give_back();
    if (s == tls_engine::step::done) co_return into.filled(got);
    if (s == tls_engine::step::ended) co_return into.filled(0);
    into.let_go();
    if (s == tls_engine::step::failed) break;
    const result<void> filled = co_await fill(link);
    if (!filled) co_return std::unexpected(filled.error());
  }
  const result<void> said = co_await last_words(link);
  (void)said;  // it may be gone
  co_return std::unexpected(link.engine.why(verb::recv, address_of(link.inner)));
}

/// The peer stands in the middle of a message of the protocol itself, and nothing may be sent until the rest
/// of it is here. Whoever receives is about to see it; if nobody does, we do.
template <stream S>
task<result<void>> make_way(tls_link<S>& link) {
  const tls_turn turn(link.engine, tls_engine::direction::receiving);
  if (turn) co_return co_await fill(link);
  co_return co_await sleep_for(std::chrono::milliseconds(1));
}

/// Either `one` piece or `many`.
template <stream S>
task<result<std::size_t>> tls_send(tls_shared_ptr shared, const_buffer one, const_buffers many) {
  if (!shared) co_return failure(errc::bad_file_descriptor, verb::send);
  tls_link<S>& link = static_cast<tls_link<S>&>(*shared.get());
  const tls_turn turn(link.engine, tls_engine::direction::sending);
  // Whoever says the last words of a broken connection has the turn, and is not in the way.
  if (!turn && !link.engine.is_broken()) co_return failure(errc::device_or_resource_busy, verb::send);
  if (link.engine.is_broken()) co_return std::unexpected(link.engine.why(verb::send, address_of(link.inner)));
  const const_buffers pieces = many.empty() ? const_buffers(&one, 1) : many;
  std::size_t total = 0;
  for (const const_buffer& p : pieces) total += p.size;
  std::size_t done = 0;
  for (;;) {
    // First what was left behind by a send that was stopped, and answers to the peer's questions.
    for (const_buffer out = link.engine.output(); out.size > 0; out = link.engine.output()) {
      tls_departure departure(link.engine);
      const result<std::size_t> n = co_await link.inner.send(out);
      departure.settle(n);
      if (!n) co_return std::unexpected(n.error().after(done));
    }
    if (done == total) co_return done;
    std::size_t taken = 0;
    const tls_engine::step s = link.engine.write(pieces, done, taken);
    if (s == tls_engine::step::failed) break;
    done += taken;
    if (s != tls_engine::step::wants_input) continue;
    const result<void> way = co_await make_way(link);
    if (!way) co_return std::unexpected(way.error().after(done));
  }
  co_return std::unexpected(link.engine.why(verb::send, address_of(link.inner)).after(done));
}

template <stream S>
task<result<void>> tls_finish(tls_shared_ptr shared) {
  if (!shared) co_return failure(errc::bad_file_descriptor, verb::shutdown);
  tls_link<S>& link = static_cast<tls_link<S>&>(*shared.get());
  const tls_turn turn(link.engine, tls_engine::direction::sending);
  if (!turn) co_return failure(errc::device_or_resource_busy, verb::shutdown);
  tls_engine::step s = link.engine.finish();
  // Saying farewell must not depend on a peer that stops in the middle of a message.
  for (const time_point due = clock::now() + std::chrono::seconds(1); s == tls_engine::step::wants_input;) {
    const result<void> way = co_await make_way(link).until(due);
    if (!way) co_return std::unexpected(way.error());
    s = link.engine.finish();
  }
  if (s == tls_engine::step::failed) {
    co_return std::unexpected(link.engine.why(verb::shutdown, address_of(link.inner)));
  }
  co_return co_await flush(link);
}

}  // namespace detail

/// A connection. One operation in each direction at a time: a second one gets
/// errc::device_or_resource_busy. It may be moved while they are in flight, and destroyed: they then end with
/// errc::operation_canceled.
template <stream S>
class tls_stream {
 public:
  tls_stream() = default;  ///< closed; to be assigned to
  tls_stream(tls_stream&&) noexcept = default;
  tls_stream& operator=(tls_stream&& other) noexcept {
    std::swap(link_, other.link_);
    return *this;
  }
  ~tls_stream() {
    if (link_ && link().engine.busy()) (void)link().inner.close();
  }

  /// 0 once the peer has said farewell (close_notify); fault::truncated if the stream below ends without it,
  /// for then anybody may have cut it off. A cancelled receive loses nothing.
  [[nodiscard]] task<result<std::size_t>> recv(mutable_buffer b) {
    return detail::tls_receive<S>(link_, detail::tls_into(b));
  }
  /// The same into memory that is lent with what came, at most 16 KiB; empty at the end. Who waits holds
  /// none.
  [[nodiscard]] task<result<loan>> recv() { return detail::tls_receive<S>(link_, detail::tls_into_loan()); }
  /// Everything. If it is stopped, error::transferred() says how much was encrypted: that goes out before
  /// anything else, with the next send or shutdown. A coroutine that is destroyed while it sends takes the
  /// sending direction with it.
  [[nodiscard]] task<result<std::size_t>> send(const_buffer b) { return detail::tls_send<S>(link_, b, {}); }
  /// Pieces together, in as few records as possible.
  [[nodiscard]] task<result<std::size_t>> send(const_buffers b) { return detail::tls_send<S>(link_, {}, b); }
  /// Half-close: says farewell, after what is left to be sent. Waits for nobody, and leaves the stream below
  /// open: the peer may go on sending, and be received.
  [[nodiscard]] task<result<void>> shutdown() { return detail::tls_finish<S>(link_); }
  /// Closes the stream below at once, and says nothing: what was not shut down is cut off for the peer.
  result<void> close() {
    if (!link_) return failure(errc::bad_file_descriptor, verb::close);
    return link().inner.close();
  }

  // What the handshake agreed on. Precondition of all of them: not closed by default.
  [[nodiscard]] tls_version protocol() const { return link().engine.protocol(); }
  /// By OpenSSL's name: "TLS_AES_256_GCM_SHA384".
  [[nodiscard]] std::string cipher() const { return link().engine.cipher(); }
  /// The protocol inside; empty if none was agreed on.
  [[nodiscard]] std::string alpn() const { return link().engine.alpn(); }
  /// Whom the client wanted; empty at a server whose client did not say it.
  [[nodiscard]] std::string server_name() const { return link().engine.server_name(); }
  /// The peer's certificate, if it has shown one.
  [[nodiscard]] std::optional<certificate_facts> peer() const { return link().engine.peer(); }
  /// Whether an earlier session was taken up again.
  [[nodiscard]] bool resumed() const { return link().engine.resumed(); }
  /// Whether we know who the peer is: a certificate that leads to a root, or a pinned key.
  [[nodiscard]] bool verified() const { return link().engine.verified(); }

  /// The stream below. Bytes that are sent or received there by hand break the connection.
  [[nodiscard]] S& inner() noexcept { return link().inner; }

  /// Internal.
  explicit tls_stream(detail::tls_shared_ptr p) noexcept : link_(std::move(p)) {}

 private:
  [[nodiscard]] detail::tls_link<S>& link() const noexcept {
    return static_cast<detail::tls_link<S>&>(*link_.get());
  }
  detail::tls_shared_ptr link_;
};

}  // namespace fairlead
