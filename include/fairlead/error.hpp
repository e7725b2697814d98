// SPDX-License-Identifier: MIT
// error and result<T>: what every consumer of an operation and every parser returns.
//
// An error is sixteen bytes: a code, the verb that failed, and a shared pointer to the parts of its
// sentence (an address, a place in a text). It formats only when asked, so the hot failures
// (operation_would_block above all) cost no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fairlead/export.hpp>

namespace fairlead {

/// The standard's names for what the system reports: errc::timed_out, errc::operation_canceled, …
using errc = std::errc;

/// What went wrong where no errno value says it.
enum class fault : std::uint8_t {
  none,
  bad_syntax,     ///< a text (address, URL, option) does not parse; the sentence says where
  unknown_name,   ///< a host or service name that nothing knows
  end_of_stream,  ///< the peer finished before a composed operation had what it needed
  too_long,       ///< a line or frame exceeds the bound the caller set
  truncated,      ///< the stream ended without its protocol's farewell
  untrusted,      ///< who the peer claims to be could not be verified: a certificate, a pin
  no_answer,      ///< the name servers did not say whether a name exists; asking later may help
  child_failed,   ///< a task spawned in a scope ended with an exception
};

/// The verb an error belongs to, as the user typed it.
enum class verb : std::uint8_t {
  none,
  parse,
  open,
  bind,
  listen,
  accept,
  connect,
  send,
  send_to,
  recv,
  recv_from,
  shutdown,
  close,
  set_option,
  get_option,
  adopt,
  release,
  wait,
  sleep,
  resolve,
  read,
  write,
  spawn,
  copy,
  run,
};

[[nodiscard]] FAIRLEAD_API std::string_view to_string(verb v) noexcept;

/// The immutable parts of an error's sentence, shared between copies of the error and, for sockets,
/// with the socket itself. Formatting happens in subject() and reason(), never before.
class FAIRLEAD_API error_context {
 public:
  virtual ~error_context();
  /// What the verb was done to: "tcp://[::1]:9". May be empty.
  [[nodiscard]] virtual std::string subject() const = 0;
  /// The cause in words, where the code alone says too little; empty to use the code's own words.
  [[nodiscard]] virtual std::string reason() const;
  /// Bytes that a composed operation had moved when it stopped.
  [[nodiscard]] virtual std::size_t transferred() const noexcept;

 protected:
  error_context() = default;
  error_context(const error_context&) = delete;
  error_context& operator=(const error_context&) = delete;

 private:
  friend class error_context_ptr;
  friend class error;
  mutable std::uint32_t references_ = 0;  // atomically through std::atomic_ref
};

/// Intrusive shared pointer to an error_context: one word, so that error stays at sixteen bytes.
class FAIRLEAD_API error_context_ptr {
 public:
  error_context_ptr() = default;
  explicit error_context_ptr(const error_context* adopt) noexcept : context_(adopt) { retain(); }
  error_context_ptr(const error_context_ptr& other) noexcept : context_(other.context_) { retain(); }
  error_context_ptr(error_context_ptr&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}
  error_context_ptr& operator=(error_context_ptr other) noexcept {
    std::swap(context_, other.context_);
    return *this;
  }
  ~error_context_ptr() {
    if (context_ != nullptr) drop();
  }
  [[nodiscard]] const error_context* get() const noexcept { return context_; }
  /// Gives its share up without dropping it; whoever calls this owns it.
  [[nodiscard]] const error_context* release() noexcept { return std::exchange(context_, nullptr); }
  /// Takes over a share that release() gave.
  [[nodiscard]] static error_context_ptr own(const error_context* released) noexcept {
    error_context_ptr p;
    p.context_ = released;
    return p;
  }
  explicit operator bool() const noexcept { return context_ != nullptr; }

 private:
  void retain() const noexcept;
  void drop() noexcept;
  const error_context* context_ = nullptr;
};

/// Which operation failed, on what, and why. Cheap to copy; exists instead of the value.
class [[nodiscard]] FAIRLEAD_API error {
 public:
  explicit error(errc code, verb what = verb::none, error_context_ptr context = {}) noexcept
      : context_(std::move(context)), code_(static_cast<int>(code)), verb_(what) {}
  explicit error(fault code, verb what = verb::none, error_context_ptr context = {}) noexcept
      : context_(std::move(context)), code_(0), verb_(what), fault_(code) {}

  /// An error with a fixed subject and, optionally, a reason in words. Allocates.
  static error about(errc code, verb what, std::string subject, std::string reason = {});
  static error about(fault code, verb what, std::string subject, std::string reason = {});

  /// The same error after `bytes` had been moved by a composed operation. Allocates.
  [[nodiscard]] error after(std::size_t bytes) const;

  /// The same failure, told of something else and in other words; without a reason in the code's own.
  /// Allocates.
  [[nodiscard]] error reworded(verb what, std::string subject, std::string reason = {}) const;

  /// The same error where it names no subject yet: said of `context`.
  [[nodiscard]] error with_context(error_context_ptr context) const;

  /// In the standard's terms: the system's category, or fairlead's own for a fault.
  [[nodiscard]] std::error_code code() const noexcept;
  [[nodiscard]] fault kind() const noexcept { return fault_; }
  [[nodiscard]] verb operation() const noexcept { return verb_; }

  /// The parts of the sentence, for those who know more about them; null when there are none.
  [[nodiscard]] const error_context* context() const noexcept { return context_.get(); }

  /// "tcp://[::1]:9", or empty.
  [[nodiscard]] std::string subject() const;
  /// "connection refused".
  [[nodiscard]] std::string reason() const;
  /// The whole sentence: "connect tcp://[::1]:9: connection refused".
  [[nodiscard]] std::string message() const;
  /// Bytes moved before a composed operation stopped; 0 for leaf operations.
  [[nodiscard]] std::size_t transferred() const noexcept;

  friend bool operator==(const error& e, errc code) noexcept {
    return e.fault_ == fault::none && e.code_ == static_cast<int>(code);
  }
  friend bool operator==(const error& e, fault code) noexcept { return e.fault_ == code; }

 private:
  error_context_ptr context_;
  int code_;
  verb verb_;
  fault fault_ = fault::none;
};

/// A value or the error that exists instead of it.
template <class T>
using result = std::expected<T, error>;

/// Short for std::unexpected(error(…)).
template <class Code>
[[nodiscard]] std::unexpected<error> failure(Code code, verb what = verb::none,
                                             error_context_ptr context = {}) {
  return std::unexpected<error>(error(code, what, std::move(context)));
}

}  // namespace fairlead
