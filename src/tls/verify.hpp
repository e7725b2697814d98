// SPDX-License-Identifier: MIT
// Deciding whether to believe a certificate, and saying in words why not.
#pragma once

#include "tls/openssl.hpp"

namespace fairlead::detail {

/// For SSL_CTX_set_cert_verify_callback: by the policy of the context. Notes in the engine why not.
int verify_peer(X509_STORE_CTX* chain, void* unused) noexcept;

}  // namespace fairlead::detail
