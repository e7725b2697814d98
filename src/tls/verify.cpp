// SPDX-License-Identifier: MIT
#include "tls/verify.hpp"

#include <algorithm>
#include <string>

#include "tls/certificate.hpp"
#include "tls/context.hpp"
#include "tls/engine.hpp"

namespace fairlead::detail {

namespace {

SSL* ssl_of(X509_STORE_CTX* chain) noexcept {
  return static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
}

// What is wrong, told of the certificate at fault: the peer's own, or one on the way to a root.
class complaint {
 public:
  complaint(X509_STORE_CTX* chain, const tls_engine_state& engine)
      : chain_(chain),
        engine_(engine),
        at_fault_(X509_STORE_CTX_get_current_cert(chain)),
        own_(X509_STORE_CTX_get_error_depth(chain) == 0 || at_fault_ == nullptr) {
    if (at_fault_ == nullptr) at_fault_ = X509_STORE_CTX_get0_cert(chain);
  }

  [[nodiscard]] std::string in_words() const {
    switch (const int code = X509_STORE_CTX_get_error(chain_); code) {
      case X509_V_ERR_CERT_HAS_EXPIRED:
        return whose() + " expired on " + date_in_words(X509_get0_notAfter(at_fault_)) + for_whom();
      case X509_V_ERR_CERT_NOT_YET_VALID:
        return whose() + " is not valid before " + date_in_words(X509_get0_notBefore(at_fault_)) + for_whom();
      case X509_V_ERR_HOSTNAME_MISMATCH:
      case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return "wanted " + engine_.name + ", " + whose() + " is for " + names_in_words(at_fault_);
      case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return whose() + " is signed by itself (" + name_in_words(X509_get_subject_name(at_fault_)) +
               ") and is not among the trusted roots; its key is " + pin_of(at_fault_).to_string();
      case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return whose_own() + " is signed by " + name_in_words(X509_get_subject_name(at_fault_)) +
               ", which is not among the trusted roots";
      case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
      case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
      case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return whose() + " is signed by " + name_in_words(X509_get_issuer_name(at_fault_)) +
               ", which is neither among the trusted roots nor sent along";
      case X509_V_ERR_CERT_REVOKED: return whose() + " was revoked by its issuer" + for_whom();
      case X509_V_ERR_UNABLE_TO_GET_CRL:
        return "there is no revocation list of " + name_in_words(X509_get_issuer_name(at_fault_)) +
               " among those given";
      case X509_V_ERR_CRL_HAS_EXPIRED:
      case X509_V_ERR_CRL_NOT_YET_VALID:
        return "the revocation list of " + name_in_words(X509_get_issuer_name(at_fault_)) +
               (code == X509_V_ERR_CRL_HAS_EXPIRED ? " is out of date" : " is not valid yet");
      case X509_V_ERR_CRL_SIGNATURE_FAILURE:
        return "the revocation list of " + name_in_words(X509_get_issuer_name(at_fault_)) +
               " is not signed by it";
      case X509_V_ERR_INVALID_PURPOSE:
        return own_ ? whose() + " is not for " + (engine_.is_server ? "clients" : "servers") +
                          " (its extended key usage does not name them)"
                    : whose() + " may not be used for this";
      case X509_V_ERR_INVALID_CA:
      case X509_V_ERR_INVALID_NON_CA:
      case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
        return whose_own() + " is signed with that of " + name_in_words(X509_get_subject_name(at_fault_)) +
               ", which is no certificate authority";
      case X509_V_ERR_PATH_LENGTH_EXCEEDED:
        return whose_own() + " is further away from its root than that permits (path length)";
      case X509_V_ERR_PERMITTED_VIOLATION:
      case X509_V_ERR_EXCLUDED_VIOLATION:
        return "an authority above " + whose_own() + " may not vouch for " +
               names_in_words(X509_STORE_CTX_get0_cert(chain_)) + " (name constraints)";
      case X509_V_ERR_EE_KEY_TOO_SMALL:
      case X509_V_ERR_CA_KEY_TOO_SMALL:
        return whose() + " has too weak a key, " + key_in_words(X509_get0_pubkey(at_fault_));
      case X509_V_ERR_CA_MD_TOO_WEAK:
        return whose() + " has too weak a signature, " +
               std::string(OBJ_nid2ln(X509_get_signature_nid(at_fault_)));
      case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        return whose() + " was changed, or not signed by " + name_in_words(X509_get_issuer_name(at_fault_)) +
               ": its signature does not fit";
      case X509_V_ERR_CERT_CHAIN_TOO_LONG:
        return "there are too many certificates between " + whose_own() + " and its root";
      case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
        return whose() + " has a critical extension that is not understood";
      default: return whose() + " cannot be believed: " + X509_verify_cert_error_string(code);
    }
  }

 private:
  [[nodiscard]] std::string whose_own() const {
    return engine_.is_server ? "the client's certificate" : "the certificate";
  }
  [[nodiscard]] std::string whose() const {
    return own_ ? whose_own() : "the certificate of " + name_in_words(X509_get_subject_name(at_fault_));
  }
  [[nodiscard]] std::string for_whom() const {
    if (!own_) return " (it signed " + whose_own() + ")";
    if (engine_.is_server) return " (it is for " + name_in_words(X509_get_subject_name(at_fault_)) + ")";
    return " (it is for " + names_in_words(at_fault_) + ")";
  }

  X509_STORE_CTX* chain_;
  const tls_engine_state& engine_;
  X509* at_fault_;
  bool own_;
};

int note(int good, X509_STORE_CTX* chain) noexcept {
  if (good == 1) return 1;
  tls_engine_state& engine = tls_engine_state::of(ssl_of(chain));
  if (engine.distrust.empty()) engine.distrust = complaint(chain, engine).in_words();
  return 0;
}

}  // namespace

int verify_peer(X509_STORE_CTX* chain, void* /*unused*/) noexcept {
  SSL* const ssl = ssl_of(chain);
  const trust_policy& trust = tls_context::of(ssl).trust;
  tls_engine_state& engine = tls_engine_state::of(ssl);
  if (trust.checks_chain) {
    X509_STORE_CTX_set_verify_cb(chain, &note);
    if (X509_verify_cert(chain) <= 0) {
      if (engine.distrust.empty()) engine.distrust = complaint(chain, engine).in_words();
      return 0;
    }
  }
  if (!trust.pins.empty()) {
    const public_key_pin shown = pin_of(X509_STORE_CTX_get0_cert(chain));
    if (std::ranges::find(trust.pins, shown) == trust.pins.end()) {
      engine.distrust = std::string(engine.is_server ? "the client's" : "the server's") + " key is " +
                        shown.to_string() + ", which is not " +
                        (trust.pins.size() == 1 ? "the one that is pinned" : "among those that are pinned");
      X509_STORE_CTX_set_error(chain, X509_V_ERR_CERT_UNTRUSTED);
      return 0;
    }
  }
  X509_STORE_CTX_set_error(chain, X509_V_OK);
  return 1;
}

}  // namespace fairlead::detail
