// SPDX-License-Identifier: MIT
#include "tls/engine.hpp"

#include <algorithm>
#include <array>

#include "tls/certificate.hpp"

namespace fairlead {

std::string_view to_string(tls_version v) noexcept {
  return v == tls_version::tls1_3 ? "TLS 1.3" : "TLS 1.2";
}

namespace detail {

namespace {

using step = tls_engine::step;

constexpr std::size_t record_size = tls_engine::record_size;
constexpr std::size_t most_at_once = 4 * record_size;
// Of answers (to requests for new keys or for renegotiation) while nobody sends. Whoever asks for more wants
// to fill our memory.
constexpr std::size_t most_unasked = 16384;

// The BIO that OpenSSL sees as its network.

int bio_write(BIO* b, const char* data, int size) noexcept {
  auto& engine = *static_cast<tls_engine_state*>(BIO_get_data(b));
  BIO_clear_retry_flags(b);
  if (size <= 0) return 0;
  const_buffer left(data, static_cast<std::size_t>(size));
  // Peers may ask for small records (RFC 6066, 4): those are better sent together.
  const bool worth_it = engine.at_once.offer != nullptr && left.size > record_size / 2;
  if (worth_it && engine.pending.empty() && engine.departing.empty())
    left = left.after(engine.at_once.offer(engine.at_once.to, left));
  return left.size == 0 || engine.pending.append(left.data, left.size) ? size : -1;
}

int bio_read(BIO* b, char* into, int size) noexcept {
  auto& engine = *static_cast<tls_engine_state*>(BIO_get_data(b));
  BIO_clear_retry_flags(b);
  if (size <= 0) return 0;
  const std::size_t n = std::min(static_cast<std::size_t>(size), engine.in_left);
  if (n == 0) {
    BIO_set_retry_read(b);
    return -1;
  }
  std::memcpy(into, engine.in, n);
  engine.in += n;
  engine.in_left -= n;
  return static_cast<int>(n);
}

long bio_control(BIO* /*b*/, int command, long /*number*/, void* /*pointer*/) noexcept {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

int bio_create(BIO* b) noexcept {
  BIO_set_init(b, 1);
  return 1;
}

BIO_METHOD* our_bio() noexcept {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* const m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "fairlead");
    if (m == nullptr) return m;
    BIO_meth_set_write(m, &bio_write);
    BIO_meth_set_read(m, &bio_read);
    BIO_meth_set_ctrl(m, &bio_control);
    BIO_meth_set_create(m, &bio_create);
    return m;
  }();
  return method;
}

}  // namespace

std::unique_ptr<tls_engine_state> tls_engine_state::create(const tls_shared_ptr& from) {
  auto& context = static_cast<tls_context&>(*from.get());
  auto state = std::make_unique<tls_engine_state>();
  state->from = from;
  state->is_server = context.is_server;
  ERR_clear_error();
  state->ssl.reset(SSL_new(context.ssl.get()));
  BIO* const bio = BIO_new(our_bio());
  if (!state->ssl || bio == nullptr) {
    BIO_free(bio);
    return nullptr;
  }
  BIO_set_data(bio, state.get());
  SSL_set_bio(state->ssl.get(), bio, bio);
  return state;
}

step tls_engine_state::fail(tls_failure f) {
  if (!failure || !failure->fatal) failure = std::make_unique<tls_failure>(std::move(f));
  return step::failed;
}

step tls_engine_state::fail() { return fail(failure_in_words(*this)); }

step tls_engine_state::cut_off() {
  if (failure) return step::failed;
  if (!established) {
    const bool heard_nothing = !is_server && BIO_number_read(SSL_get_rbio(ssl.get())) == 0;
    return fail(
        {fault::truncated,
         std::string(is_server ? "the client" : "the server") + " closed the connection " +
             (heard_nothing ? "without a word of TLS; it may speak without it" : "during the handshake")});
  }
  tls_failure f(fault::truncated,
                std::string(is_server ? "the client" : "the server") +
                    " closed without a farewell (close_notify): what came may have been cut off");
  f.fatal = false;
  return fail(std::move(f));
}

void tls_engine::destroy() noexcept {
  // Otherwise OpenSSL holds against the session that nobody said farewell, which TLS has not asked for since
  // version 1.1, and it could not be resumed.
  if (state_->established && (!state_->failure || !state_->failure->fatal)) {
    SSL_set_shutdown(state_->ssl.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  }
  delete state_;
}

step tls_engine::handshake() {
  const std::scoped_lock alone(state_->lock);
  if (state_->failure) return step::failed;
  ERR_clear_error();
  const int r = SSL_do_handshake(state_->ssl.get());
  if (r == 1) {
    state_->established = true;
    if (state_->is_server && SSL_version(state_->ssl.get()) >= TLS1_3_VERSION) {
      state_->tickets_owed = SSL_session_reused(state_->ssl.get()) == 1 ? 1 : 2;
    }
    return step::done;
  }
  if (SSL_get_error(state_->ssl.get(), r) != SSL_ERROR_WANT_READ) return state_->fail();
  return state_->in_ended ? state_->cut_off() : step::wants_input;
}

void tls_engine::feed(const_buffer ciphertext) {
  const std::scoped_lock alone(state_->lock);
  state_->in = ciphertext.data;
  state_->in_left = ciphertext.size;
}

bool tls_engine::has_input() const {
  const std::scoped_lock alone(state_->lock);
  return state_->in_left > 0;
}

void tls_engine::end_input() {
  const std::scoped_lock alone(state_->lock);
  state_->in_ended = true;
}

step tls_engine::read(mutable_buffer into, std::size_t& got) {
  const std::scoped_lock alone(state_->lock);
  tls_engine_state& s = *state_;
  got = 0;
  if (s.failure) return step::failed;
  if (s.peer_finished) return step::ended;
  if (into.size == 0) return step::done;
  const std::size_t before = s.pending.size();
  step said = step::done;
  do {
    ERR_clear_error();
    std::size_t n = 0;
    const int r = SSL_read_ex(s.ssl.get(), into.data + got, into.size - got, &n);
    if (r == 1) {
      got += n;
      continue;
    }
    switch (SSL_get_error(s.ssl.get(), r)) {
      case SSL_ERROR_WANT_READ: said = s.in_ended ? s.cut_off() : step::wants_input; break;
      case SSL_ERROR_ZERO_RETURN:
        s.peer_finished = true;
        said = step::ended;
        break;
      default: said = s.fail();
    }
    break;
  } while (got < into.size && (s.in_left > 0 || SSL_pending(s.ssl.get()) > 0));
  s.unasked_bytes += s.pending.size() - before;
  if (s.unasked_bytes > most_unasked && said != step::failed) {
    said = s.fail({errc::protocol_error, std::string(s.is_server ? "the client" : "the server") +
                                             " asks for new keys again and again"});
  }
  // What came before the end, or before the error, is given out first.
  return got > 0 ? step::done : said;
}

void tls_engine::hear() {
  const std::scoped_lock alone(state_->lock);
  if (state_->failure || state_->peer_finished) return;
  ERR_clear_error();
  std::byte first{};
  std::size_t n = 0;
  const int r = SSL_peek_ex(state_->ssl.get(), &first, 1, &n);
  if (r == 1) return;
  const int why = SSL_get_error(state_->ssl.get(), r);
  if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_ZERO_RETURN) state_->fail();
}

step tls_engine::write(const_buffers pieces, std::size_t skip, std::size_t& taken, tls_outlet at_once) {
  const std::scoped_lock alone(state_->lock);
  tls_engine_state& s = *state_;
  // Sessions to resume go together with what follows them.
  const tls_engine_state::outlet_use way_out(s, s.tickets_owed > 0 ? tls_outlet() : at_once);
  taken = 0;
  if (!s.may_send()) return step::failed;
  for (; s.tickets_owed > 0; --s.tickets_owed) SSL_new_session_ticket(s.ssl.get());
  std::size_t left = 0;
  for (const const_buffer& p : pieces) left += p.size;
  left -= skip;
  if (s.at_once.offer == nullptr) {
    const std::size_t expected = std::min(left, most_at_once);
    // Each record has 22 bytes more than its content in TLS 1.3, up to 29 or so before.
    (void)s.pending.reserve(expected + (expected / record_size + 1) * 64);
  }
  std::array<std::byte, record_size> gathered;
  std::size_t held = 0;  // in `gathered`
  const auto encrypt = [&](const std::byte* data, std::size_t size) {
    ERR_clear_error();
    std::size_t n = 0;
    const int r = SSL_write_ex(s.ssl.get(), data, size, &n);
    if (r == 1) {
      taken += n;
      return step::done;
    }
    if (SSL_get_error(s.ssl.get(), r) != SSL_ERROR_WANT_READ) return s.fail();
    return s.in_ended ? s.cut_off() : step::wants_input;
  };
  // Large pieces as they are; small ones are gathered, for a record costs its sender and its receiver.
  for (const const_buffer& piece : pieces) {
    if (skip >= piece.size) {
      skip -= piece.size;
      continue;
    }
    const_buffer rest = piece.after(std::exchange(skip, 0));
    while (rest.size > 0 && taken + held < most_at_once) {
      const std::size_t room = most_at_once - taken - held;
      const bool as_it_is = held == 0 && (rest.size >= record_size || rest.size == left - taken);
      const std::size_t n = std::min({rest.size, room, as_it_is ? most_at_once : record_size - held});
      if (as_it_is) {
        if (const step said = encrypt(rest.data, n); said != step::done) return said;
      } else {
        std::memcpy(gathered.data() + held, rest.data, n);
        held += n;
        if (held == record_size) {
          if (const step said = encrypt(gathered.data(), std::exchange(held, 0)); said != step::done)
            return said;
        }
      }
      rest = rest.after(n);
    }
  }
  return held > 0 ? encrypt(gathered.data(), held) : step::done;
}

step tls_engine::finish() {
  const std::scoped_lock alone(state_->lock);
  tls_engine_state& s = *state_;
  if (s.finished && !s.output_lost) return step::done;
  if (!s.may_send()) return step::failed;
  ERR_clear_error();
  if (SSL_in_init(s.ssl.get()) == 1) {  // a message of the protocol itself is half there
    if (const int r = SSL_do_handshake(s.ssl.get()); r != 1) {
      if (SSL_get_error(s.ssl.get(), r) != SSL_ERROR_WANT_READ) return s.fail();
      return s.in_ended ? s.cut_off() : step::wants_input;
    }
  }
  ERR_clear_error();
  SSL_shutdown(s.ssl.get());  // 0: the peer has not said it yet
  ERR_clear_error();
  s.finished = true;
  return step::done;
}

const_buffer tls_engine::output() {
  const std::scoped_lock alone(state_->lock);
  if (state_->output_lost) return {};
  if (state_->departing.empty()) {
    state_->departing.swap(state_->pending);
    state_->unasked_bytes = 0;
  }
  return state_->departing.bytes();
}

void tls_engine::sent(std::size_t n) {
  const std::scoped_lock alone(state_->lock);
  state_->departing.consume(std::min(n, state_->departing.size()));
}

void tls_engine::lose_output() {
  const std::scoped_lock alone(state_->lock);
  state_->output_lost = true;
}

bool tls_engine::occupy(direction d) {
  const std::scoped_lock alone(state_->lock);
  bool& taken = d == direction::receiving ? state_->receiving : state_->sending;
  return !std::exchange(taken, true);
}

void tls_engine::vacate(direction d) {
  const std::scoped_lock alone(state_->lock);
  (d == direction::receiving ? state_->receiving : state_->sending) = false;
}

bool tls_engine::busy() const {
  const std::scoped_lock alone(state_->lock);
  return state_->receiving || state_->sending;
}

bool tls_engine::is_broken() const {
  const std::scoped_lock alone(state_->lock);
  return state_->failure && state_->failure->fatal;
}

namespace {

// "tls://example.org (127.0.0.1:443)".
std::string subject_of(const tls_engine_state& s, const std::string& address) {
  if (s.name.empty()) return address.empty() ? "tls" : "tls://" + address;
  std::string who = "tls://";
  who += s.name.find(':') == std::string::npos ? s.name : "[" + s.name + "]";
  return address.empty() ? who : who + " (" + address + ")";
}

verb in_handshake(const tls_engine_state& s, verb v) noexcept {
  return v != verb::none ? v : s.is_server ? verb::accept : verb::connect;
}

}  // namespace

error tls_engine::why(verb v, const std::string& address) const {
  const std::scoped_lock alone(state_->lock);
  const tls_engine_state& s = *state_;
  const bool sending = v == verb::send || v == verb::shutdown;
  const std::string subject = subject_of(s, address);
  const bool sent_all = s.output_lost || s.finished;
  if (s.failure && (s.failure->fatal || !sending || !sent_all))
    return s.failure->about(in_handshake(s, v), subject);
  if (s.output_lost) {
    return error::about(errc::connection_aborted, v, subject,
                        "an earlier send was abandoned half-way, and nothing can follow it");
  }
  return error::about(errc::broken_pipe, v, subject, "the sending side was shut down");
}

error tls_engine::during_handshake(const error& e, const std::string& address) const {
  const std::scoped_lock alone(state_->lock);
  const std::string subject = subject_of(*state_, address);
  const verb v = in_handshake(*state_, verb::none);
  return e.reworded(v, subject, e.reason() + ", during the handshake");
}

tls_version tls_engine::protocol() const {
  const std::scoped_lock alone(state_->lock);
  return SSL_version(state_->ssl.get()) >= TLS1_3_VERSION ? tls_version::tls1_3 : tls_version::tls1_2;
}

std::string tls_engine::cipher() const {
  const std::scoped_lock alone(state_->lock);
  return SSL_get_cipher_name(state_->ssl.get());
}

std::string tls_engine::alpn() const {
  const std::scoped_lock alone(state_->lock);
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(state_->ssl.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string tls_engine::server_name() const {
  const std::scoped_lock alone(state_->lock);
  if (!state_->is_server) return state_->name;
  const char* const asked = SSL_get_servername(state_->ssl.get(), TLSEXT_NAMETYPE_host_name);
  return asked != nullptr ? printable(asked) : std::string();
}

std::optional<certificate_facts> tls_engine::peer() const {
  const std::scoped_lock alone(state_->lock);
  X509* const shown = SSL_get0_peer_certificate(state_->ssl.get());
  if (shown == nullptr) return std::nullopt;
  return facts_of(shown);
}

bool tls_engine::resumed() const {
  const std::scoped_lock alone(state_->lock);
  return SSL_session_reused(state_->ssl.get()) == 1;
}

bool tls_engine::verified() const {
  const std::scoped_lock alone(state_->lock);
  const SSL* const ssl = state_->ssl.get();
  return tls_context::of(ssl).trust.verifies() && SSL_get0_peer_certificate(ssl) != nullptr &&
         SSL_get_verify_result(ssl) == X509_V_OK;
}

}  // namespace detail

}  // namespace fairlead
