// SPDX-License-Identifier: MIT
#include "tls/identity.hpp"

#include <openssl/pem.h>

#include "tls/certificate.hpp"

namespace fairlead {

namespace {

using detail::identity_data;

result<void> read_chain(identity_data& into, std::string_view text, const std::string& from) {
  const detail::bio_ptr in = detail::reading(text);
  ERR_clear_error();
  while (X509* const c = PEM_read_bio_X509(in.get(), nullptr, &detail::refuse_passphrase, nullptr)) {
    if (!into.certificate) {
      into.certificate.reset(c);
    } else if (sk_X509_push(into.others.get(), c) == 0) {
      X509_free(c);
    }
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!at_end) {
    return std::unexpected(error::about(fault::bad_syntax, verb::read, from,
                                        "a certificate in it is damaged: " + detail::openssl_says()));
  }
  ERR_clear_error();
  if (into.certificate) return {};
  return std::unexpected(error::about(fault::bad_syntax, verb::read, from, "it holds no certificate in PEM"));
}

result<void> read_key(identity_data& into, std::string_view text, const std::string& from,
                      const std::string& certificate_from) {
  const detail::bio_ptr in = detail::reading(text);
  bool locked = false;
  ERR_clear_error();
  into.key.reset(PEM_read_bio_PrivateKey(in.get(), nullptr, &detail::refuse_passphrase, &locked));
  std::string wrong;
  if (locked) {
    wrong = "the key is under a passphrase, and nobody is there to type it; openssl pkey can take it away";
  } else if (!into.key) {
    wrong = text.find("PRIVATE KEY-----") == std::string_view::npos ? "it holds no private key in PEM"
                                                                    : "the private key in it is damaged";
  } else if (X509_check_private_key(into.certificate.get(), into.key.get()) != 1) {
    wrong = "the key does not belong to the certificate in " + certificate_from;
  }
  ERR_clear_error();
  if (wrong.empty()) return {};
  return std::unexpected(error::about(fault::bad_syntax, verb::read, from, std::move(wrong)));
}

result<tls_identity> identity_from(std::string_view chain, const std::string& chain_from,
                                   std::string_view key, const std::string& key_from) {
  auto* const data = new identity_data();
  detail::tls_shared_ptr shared(data);
  if (result<void> r = read_chain(*data, chain, chain_from); !r) return std::unexpected(r.error());
  if (result<void> r = read_key(*data, key, key_from, chain_from); !r) return std::unexpected(r.error());
  return tls_identity(std::move(shared));
}

}  // namespace

result<tls_identity> tls_identity::load(const std::string& certificate_file, const std::string& key_file) {
  const result<std::string> chain = detail::content_of(certificate_file);
  if (!chain) return std::unexpected(chain.error());
  result<std::string> key = detail::content_of(key_file);
  if (!key) return std::unexpected(key.error());
  result<tls_identity> made = identity_from(*chain, certificate_file, *key, key_file);
  OPENSSL_cleanse(key->data(), key->size());
  return made;
}

result<tls_identity> tls_identity::from_pem(std::string_view chain, std::string_view key) {
  return identity_from(chain, "the given certificates", key, "the given key");
}

public_key_pin tls_identity::pin() const {
  return detail::pin_of(identity_data::of(*this).certificate.get());
}

certificate_facts tls_identity::facts() const {
  return detail::facts_of(identity_data::of(*this).certificate.get());
}

std::string tls_identity::certificates_pem() const {
  const identity_data& data = identity_data::of(*this);
  const detail::bio_ptr out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), data.certificate.get());
  for (int i = 0; i < sk_X509_num(data.others.get()); ++i) {
    PEM_write_bio_X509(out.get(), sk_X509_value(data.others.get(), i));
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace fairlead
