// SPDX-License-Identifier: MIT
// What a tls_stream shares with the operations in flight on it: the engine, the stream below, and the memory
// between them. For tls_stream.hpp.
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

class tcp_stream;
class unix_stream;

namespace detail {

/// A socket: it lends memory with what has arrived, and says at once if nothing has.
template <class S>
concept lends_memory = requires(S& s, mutable_buffer into) {
  { s.recv() } -> operation_giving<loan>;
  { s.recv(into).now() } -> std::same_as<result<std::size_t>>;
};

/// A socket by itself, whose send never stops the thread. No class derived from it: it may have its own idea
/// of what to send.
template <class S>
concept takes_at_once = std::same_as<S, tcp_stream> || std::same_as<S, unix_stream>;

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
  unsigned large_records = 0;    // sent since others on this loop had their turn
  std::optional<error> refused;  // what sending straight has met: the kernel tells it once

  tls_link(S&& s, tls_engine&& e) : inner(std::move(s)), engine(std::move(e)) {}

  /// Whether so much plaintext is one large record, which goes straight from where OpenSSL has made it.
  /// Several are copied together and sent by one call, which is worth more.
  [[nodiscard]] static constexpr bool goes_straight(std::size_t size) noexcept {
    return takes_at_once<S> && size > tls_engine::record_size / 2 && size <= tls_engine::record_size;
  }
  /// No operation sends such a record, so the task must let others on this loop run by itself: now, if true.
  [[nodiscard]] bool owes_a_turn(std::size_t size) noexcept {
    if (!goes_straight(size) || ++large_records < 8) return false;
    large_records = 0;
    return true;
  }
  /// How so much may leave. Whom a stop or a deadline has reached, an operation refuses.
  [[nodiscard]] tls_outlet outlet(std::size_t size) noexcept {
    const task_context* const here = current_context();
    if (!goes_straight(size) || here == nullptr || here->refuses()) return {};
    return {&offer, this};
  }
  /// What it does not take is the next to be sent; with an error, the one that has that error.
  static std::size_t offer(void* to, const_buffer ciphertext) noexcept {
    if constexpr (takes_at_once<S>) {
      auto& link = *static_cast<tls_link*>(to);
      const result<std::size_t> n = link.inner.send_some(ciphertext).now();
      if (n) return *n;
      if (!(n.error() == errc::operation_would_block)) link.refused = n.error();
    }
    return 0;
  }

  [[nodiscard]] error take_refusal() {
    error e = std::move(*refused);
    refused.reset();
    return e;
  }

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

}  // namespace detail

}  // namespace fairlead
