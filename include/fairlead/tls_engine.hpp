// SPDX-License-Identifier: MIT
// TLS without any I/O: ciphertext in and out, plaintext in and out. What tls.hpp drives over a stream; the
// fuzzer meets it directly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fairlead/buffer.hpp>
#include <fairlead/certificate.hpp>
#include <fairlead/error.hpp>
#include <fairlead/export.hpp>

namespace fairlead {

enum class tls_version : std::uint8_t { tls1_2, tls1_3 };

/// "TLS 1.3".
[[nodiscard]] FAIRLEAD_API std::string_view to_string(tls_version v) noexcept;

namespace detail {

struct tls_engine_state;

/// Where ciphertext can go at once: offer() takes what it can without waiting, and says how much that was. It
/// is called with the engine's lock held.
struct tls_outlet {
  std::size_t (*offer)(void* to, const_buffer ciphertext) noexcept = nullptr;
  void* to = nullptr;
};

/// One connection. Each call may be made on any thread: a lock keeps those that receive and those that send
/// apart, and no call waits for anything else.
class FAIRLEAD_API tls_engine {
 public:
  enum class step : std::uint8_t {
    done,         ///< as asked
    wants_input,  ///< feed() it, and ask again
    ended,        ///< the peer has said that it sends no more
    failed,       ///< why() says it, and it stays so
  };
  enum class direction : std::uint8_t { receiving, sending };
  /// Bytes of plaintext in a record, at most (RFC 8446, 5.1).
  static constexpr std::size_t record_size = 16384;

  explicit tls_engine(tls_engine_state* s) noexcept : state_(s) {}
  tls_engine(tls_engine&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  tls_engine& operator=(tls_engine&&) = delete;
  ~tls_engine() {
    if (state_ != nullptr) destroy();
  }

  /// Goes on with the handshake. There may be output() whatever it says, an alert when it has failed.
  [[nodiscard]] step handshake();

  /// Lends ciphertext, which must stay where it is while has_input(). Precondition: !has_input().
  void feed(const_buffer ciphertext);
  [[nodiscard]] bool has_input() const;
  /// The stream below has ended.
  void end_input();

  /// Decrypts at most `into`; `got` bytes are there when it is done. May leave output(): answers that TLS
  /// lets wait until something is sent (RFC 8446, 4.6.3), and alerts.
  [[nodiscard]] step read(mutable_buffer into, std::size_t& got);
  /// Looks at what was fed, for an alert, without giving out any of it.
  void hear();
  /// Encrypts what follows the first `skip` bytes of `pieces`, some 64 KiB at most; `taken` says how much.
  /// Wants input if a message of the protocol itself is half there: nothing can be said until its rest is.
  /// A large record is shown to `at_once` first; what that takes is no output() any more, and was not copied.
  [[nodiscard]] step write(const_buffers pieces, std::size_t skip, std::size_t& taken,
                           tls_outlet at_once = {});
  /// Says close_notify; nothing can be written after it. Wants input if a message of the protocol itself is
  /// half there, as write() does.
  [[nodiscard]] step finish();

  /// Ciphertext that waits to be sent; stays valid until sent(), whatever is read meanwhile.
  [[nodiscard]] const_buffer output();
  /// So much of output() went out.
  void sent(std::size_t n);
  /// Nobody knows how much of output() went out: nothing can follow it.
  void lose_output();

  /// One operation in each direction at a time; false if there is one already.
  [[nodiscard]] bool occupy(direction d);
  void vacate(direction d);
  /// Whether an operation is under way.
  [[nodiscard]] bool busy() const;

  /// Whether it has failed in both directions.
  [[nodiscard]] bool is_broken() const;
  /// What went wrong. Precondition: a step that failed. `address` is the peer's, if it has one.
  [[nodiscard]] error why(verb v, const std::string& address) const;
  /// An error of the stream below during the handshake, said of the handshake.
  [[nodiscard]] error during_handshake(const error& e, const std::string& address) const;

  [[nodiscard]] tls_version protocol() const;
  [[nodiscard]] std::string cipher() const;
  [[nodiscard]] std::string alpn() const;
  [[nodiscard]] std::string server_name() const;
  [[nodiscard]] std::optional<certificate_facts> peer() const;
  [[nodiscard]] bool resumed() const;
  [[nodiscard]] bool verified() const;

 private:
  void destroy() noexcept;
  tls_engine_state* state_;
};

}  // namespace detail

}  // namespace fairlead
