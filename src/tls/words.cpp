// SPDX-License-Identifier: MIT
#include "tls/words.hpp"

#include <cctype>

#include "tls/engine.hpp"

namespace fairlead::detail {

namespace {

// RFC 8446, section 6. What the peer tells us of ourselves.
tls_failure alert_in_words(int alert, const tls_engine_state& engine) {
  const std::string peer = engine.is_server ? "the client" : "the server";
  std::string own = SSL_alert_desc_string_long(alert);
  for (char& c : own) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto refused = [](std::string words) {
    return tls_failure(errc::connection_aborted, std::move(words));
  };
  const bool shown = SSL_get_certificate(engine.ssl.get()) != nullptr;
  switch (alert) {
    case SSL_AD_CERTIFICATE_REQUIRED: return refused(peer + " wants a client certificate");
    case SSL_AD_HANDSHAKE_FAILURE:
      if (engine.wanted_certificate && !shown) return refused(peer + " wants a client certificate");
      return refused(peer +
                     " refused: no ciphers, groups or kinds of certificate in common (handshake failure)");
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA: return refused(peer + " does not accept our certificate (" + own + ")");
    case SSL_AD_PROTOCOL_VERSION:
      return refused(peer + " refused: no version of TLS in common (protocol version)");
    case SSL_AD_NO_APPLICATION_PROTOCOL:
      return refused(peer + " refused: none of the protocols offered is spoken there (ALPN)");
    case SSL_AD_UNRECOGNIZED_NAME: return refused(peer + " knows nobody named " + engine.name);
    case SSL_AD_INSUFFICIENT_SECURITY: return refused(peer + " refused: our ciphers are too weak for it");
    case SSL_AD_BAD_RECORD_MAC:
    case SSL_AD_DECRYPT_ERROR:
      return refused(peer + " could not decrypt or check what it received (" + own +
                     "): bytes were changed on the way");
    default: return refused(peer + " gave up (" + own + ")");
  }
}

tls_failure broken_protocol(unsigned long code, const tls_engine_state& engine) {
  const char* const words = ERR_reason_error_string(code);
  return {errc::protocol_error, std::string(engine.is_server ? "the client" : "the server") +
                                    " broke the protocol of TLS" +
                                    (words != nullptr ? std::string(": ") + words : "")};
}

tls_failure reason_in_words(int reason, const tls_engine_state& engine) {
  const std::string peer = engine.is_server ? "the client" : "the server";
  const auto broken = [](std::string words) { return tls_failure(errc::protocol_error, std::move(words)); };
  switch (reason) {
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
      return {fault::untrusted,
              engine.distrust.empty() ? "the certificate could not be verified" : engine.distrust};
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return {fault::untrusted, "the client shows no certificate"};
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST: return broken("a plain HTTP request came, not TLS");
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_BAD_PROTOCOL_VERSION_NUMBER:
      if (engine.established) break;
      return broken("what came is not TLS; " + peer + " may speak without it");
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_WRONG_SSL_VERSION: return broken(peer + " speaks no version of TLS that we permit");
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SUITABLE_GROUPS:
      return broken(peer + " offers no cipher, group or signature that we permit");
    case SSL_R_NO_APPLICATION_PROTOCOL:
      return broken("none of the protocols that " + peer + " offers is spoken here (ALPN)");
    case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC:
      return broken("a record is damaged, or was changed on the way");
    default: break;
  }
  return broken_protocol(ERR_PACK(ERR_LIB_SSL, 0, reason), engine);
}

}  // namespace

tls_failure failure_in_words(const tls_engine_state& engine) {
  // The parts that OpenSSL consists of complain one after the other; what TLS makes of it tells most.
  unsigned long code = ERR_get_error();
  while (const unsigned long next = ERR_get_error()) {
    if (ERR_GET_LIB(code) == ERR_LIB_SSL) break;
    if (ERR_GET_LIB(next) == ERR_LIB_SSL) code = next;
  }
  ERR_clear_error();
  if (!engine.distrust.empty()) return {fault::untrusted, engine.distrust};
  const int reason = ERR_GET_REASON(code);
  if (reason == ERR_R_MALLOC_FAILURE) return {errc::not_enough_memory, "no memory is left"};
  if (ERR_GET_LIB(code) == ERR_LIB_SSL) {
    if (reason < SSL_AD_REASON_OFFSET) return reason_in_words(reason, engine);
    if (reason < SSL_AD_REASON_OFFSET + 256) return alert_in_words(reason - SSL_AD_REASON_OFFSET, engine);
  }
  return broken_protocol(code, engine);
}

}  // namespace fairlead::detail
