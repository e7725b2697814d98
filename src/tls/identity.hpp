// SPDX-License-Identifier: MIT
// What is behind a tls_identity.
#pragma once

#include <string>

#include <fairlead/certificate.hpp>

#include "tls/openssl.hpp"

namespace fairlead::detail {

struct identity_data final : tls_shared {
  x509_ptr certificate;
  certificates_ptr others{sk_X509_new_null()};  // that lead towards a root
  key_ptr key;

  [[nodiscard]] static identity_data& of(const tls_identity& i) noexcept {
    return static_cast<identity_data&>(*i.shared().get());
  }
  /// Makes `ssl` show it. False if OpenSSL's security level forbids it, and openssl_says() why.
  [[nodiscard]] bool show(SSL* ssl) const noexcept {
    // Each connection would have an empty list of its own.
    STACK_OF(X509)* const chain = sk_X509_num(others.get()) > 0 ? others.get() : nullptr;
    return SSL_use_cert_and_key(ssl, certificate.get(), key.get(), chain, 1) == 1;
  }
};

}  // namespace fairlead::detail
