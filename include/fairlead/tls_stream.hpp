// SPDX-License-Identifier: MIT
// tls_stream: what a handshake has made of a stream. tls.hpp makes them. Below it, the templates that drive
// an engine over the stream: all they do is move bytes.
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
#include <fairlead/tls_link.hpp>
#include <fairlead/yield.hpp>

namespace fairlead {

template <stream S>
class tls_stream;

namespace detail {

/// What the copies of a tls_client or tls_server share makes the engines of its connections.
using make_tls_engine = result<tls_engine> (*)(const tls_shared_ptr& from, const std::string& server_name);

/// Sends what waits to be sent. What an error leaves goes first next time.
template <stream S>
task<result<void>> flush(tls_link<S>& link) {
  for (;;) {
    const const_buffer out = link.engine.output();
    if (out.size == 0) co_return {};
    if (link.refused) co_return std::unexpected(link.take_refusal());
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

/// Whether the peer has closed the stream below, which takes nothing any more.
inline bool has_left(const error& e) { return e == errc::broken_pipe || e == errc::connection_reset; }

/// He may have said why before. Whoever receives hears it first.
template <stream S>
task<result<void>> hear_why(tls_link<S>& link) {
  const time_point due = clock::now() + std::chrono::milliseconds(100);
  while (!link.engine.is_broken() && clock::now() < due) {
    {
      const tls_turn turn(link.engine, tls_engine::direction::receiving);
      if (turn) {
        if (!link.engine.has_input()) {
          result<void> heard = co_await fill(link).until(due);
          if (!heard) co_return heard;
        }
        link.engine.hear();
        co_return {};
      }
    }
    result<void> slept = co_await sleep_for(std::chrono::milliseconds(1));
    if (!slept) co_return slept;
  }
  co_return {};
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
      result<std::size_t> n = 0;
      if (link.refused) {
        n = std::unexpected(link.take_refusal());
      } else {
        tls_departure departure(link.engine);
        n = co_await link.inner.send(out);
        departure.settle(n);
      }
      if (n) continue;
      if (has_left(n.error())) {
        const result<void> heard = co_await hear_why(link);
        (void)heard;  // the stream's own error, if nothing better
        if (link.engine.is_broken()) break;
      }
      co_return std::unexpected(n.error().after(done));
    }
    if (link.engine.is_broken()) break;
    if (done == total) co_return done;
    if (link.owes_a_turn(total - done)) co_await yield();
    std::size_t taken = 0;
    const tls_engine::step s = link.engine.write(pieces, done, taken, link.outlet(total - done));
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
  const result<void> flushed = co_await flush(link);
  if (flushed || !has_left(flushed.error())) co_return flushed;
  const result<void> heard = co_await hear_why(link);
  (void)heard;  // the stream's own error, if nothing better
  if (!link.engine.is_broken()) co_return flushed;
  co_return std::unexpected(link.engine.why(verb::shutdown, address_of(link.inner)));
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
