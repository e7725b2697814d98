// SPDX-License-Identifier: MIT
// OpenSSL's objects with owners, and what it says in words.
#pragma once

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

#include <fairlead/error.hpp>

namespace fairlead::detail {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};
inline void free_certificates(STACK_OF(X509) * s) noexcept { sk_X509_pop_free(s, X509_free); }

using x509_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using crl_ptr = std::unique_ptr<X509_CRL, freed_by<X509_CRL_free>>;
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using context_ptr = std::unique_ptr<SSL_CTX, freed_by<SSL_CTX_free>>;
using ssl_ptr = std::unique_ptr<SSL, freed_by<SSL_free>>;
using session_ptr = std::unique_ptr<SSL_SESSION, freed_by<SSL_SESSION_free>>;
using certificates_ptr = std::unique_ptr<STACK_OF(X509), freed_by<free_certificates>>;

/// The reason that OpenSSL noted first, in its own words; forgets all of them.
[[nodiscard]] std::string openssl_says();

/// Text to be read by OpenSSL; null if there is no memory.
[[nodiscard]] inline bio_ptr reading(std::string_view text) {
  return bio_ptr(BIO_new_mem_buf(text.empty() ? "" : text.data(), static_cast<int>(text.size())));
}

/// A file's content, or what keeps us from reading it.
[[nodiscard]] result<std::string> content_of(const std::string& file);

/// Nobody is there to type a passphrase: notes in *static_cast<bool*>(asked) that one is needed. OpenSSL's
/// own function would ask at the terminal.
int refuse_passphrase(char* buffer, int size, int writing, void* asked) noexcept;

}  // namespace fairlead::detail
