// SPDX-License-Identifier: MIT
// Who somebody is, in TLS: certificates in words, keys by their hash, and the identity that a server or a
// client shows.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fairlead/error.hpp>
#include <fairlead/export.hpp>

namespace fairlead {

namespace detail {

/// What the copies of a handle share; its insides are the library's.
class FAIRLEAD_API tls_shared {
 public:
  virtual ~tls_shared();
  tls_shared(const tls_shared&) = delete;
  tls_shared& operator=(const tls_shared&) = delete;

 protected:
  tls_shared() = default;

 private:
  friend class tls_shared_ptr;
  mutable std::uint32_t references_ = 0;  // atomically through std::atomic_ref
};

/// Intrusive shared pointer to it.
class FAIRLEAD_API tls_shared_ptr {
 public:
  tls_shared_ptr() = default;
  explicit tls_shared_ptr(tls_shared* adopt) noexcept : shared_(adopt) { retain(); }
  tls_shared_ptr(const tls_shared_ptr& other) noexcept : shared_(other.shared_) { retain(); }
  tls_shared_ptr(tls_shared_ptr&& other) noexcept : shared_(std::exchange(other.shared_, nullptr)) {}
  tls_shared_ptr& operator=(tls_shared_ptr other) noexcept {
    std::swap(shared_, other.shared_);
    return *this;
  }
  ~tls_shared_ptr() {
    if (shared_ != nullptr) drop();
  }
  [[nodiscard]] tls_shared* get() const noexcept { return shared_; }
  explicit operator bool() const noexcept { return shared_ != nullptr; }

 private:
  void retain() const noexcept;
  void drop() noexcept;
  tls_shared* shared_ = nullptr;
};

}  // namespace detail

/// The SHA-256 of a public key as certificates carry it (SubjectPublicKeyInfo; RFC 7469, section 2.4): it
/// stays the same when a certificate is renewed for the same key.
class FAIRLEAD_API public_key_pin {
 public:
  using digest_type = std::array<std::uint8_t, 32>;

  explicit constexpr public_key_pin(const digest_type& digest) noexcept : digest_(digest) {}
  /// "sha256:" and 64 hexadecimal digits (colons between them are skipped) or Base64; also as curl writes it,
  /// "sha256//" and Base64.
  [[nodiscard]] static result<public_key_pin> parse(std::string_view text);

  [[nodiscard]] constexpr const digest_type& digest() const noexcept { return digest_; }
  /// "sha256:" and 64 hexadecimal digits.
  [[nodiscard]] std::string to_string() const;

  friend constexpr bool operator==(const public_key_pin&, const public_key_pin&) noexcept = default;

 private:
  digest_type digest_;
};

/// What a certificate says, for people and logs. Every text is printable: what is not is escaped, in names of
/// hosts as \xNN, in subject and issuer as RFC 4514 has it.
struct certificate_facts {
  std::string subject;             ///< "CN=a.example, O=Example" (RFC 4514)
  std::string issuer;              ///< who signed it, in the same way
  std::vector<std::string> names;  ///< hosts and IP addresses that it is for
  std::chrono::sys_seconds not_before;
  std::chrono::sys_seconds not_after;
  std::string serial;       ///< hexadecimal
  std::string key;          ///< "RSA 2048", "P-256", "ED25519"
  std::string signature;    ///< "ecdsa-with-SHA256"
  std::string fingerprint;  ///< "sha256:" and the hash of the whole certificate in hexadecimal digits
  public_key_pin pin{public_key_pin::digest_type{}};
};

/// A certificate, those that lead from it towards a root, and its private key. A handle: copies share them,
/// on any thread.
class FAIRLEAD_API tls_identity {
 public:
  /// From PEM files: the certificate first, then the intermediate ones; the key may stand in the same file.
  /// Keys under a passphrase are refused: nobody is there to type it. An error names the file.
  [[nodiscard]] static result<tls_identity> load(const std::string& certificate_file,
                                                 const std::string& key_file);
  /// The same from memory.
  [[nodiscard]] static result<tls_identity> from_pem(std::string_view chain, std::string_view key);
  /// A new P-256 key and a certificate for these hosts and IP addresses that it signs itself, good for a
  /// week: for tests, for demonstrations, and for peers that pin it.
  [[nodiscard]] static result<tls_identity> throw_away(std::vector<std::string> names);
  /// For localhost, 127.0.0.1 and ::1. Not a default argument: g++ 12 fails on such a list in a coroutine.
  [[nodiscard]] static result<tls_identity> throw_away();

  [[nodiscard]] public_key_pin pin() const;
  [[nodiscard]] certificate_facts facts() const;
  /// The certificates in PEM, its own first; without the key.
  [[nodiscard]] std::string certificates_pem() const;

  /// Internal.
  explicit tls_identity(detail::tls_shared_ptr p) noexcept : shared_(std::move(p)) {}
  [[nodiscard]] const detail::tls_shared_ptr& shared() const noexcept { return shared_; }

 private:
  detail::tls_shared_ptr shared_;
};

}  // namespace fairlead
