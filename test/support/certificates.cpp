// SPDX-License-Identifier: MIT
#include "support/certificates.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>
#include <stdexcept>

namespace fairlead::testing {

namespace {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};
using x509_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using crl_ptr = std::unique_ptr<X509_CRL, freed_by<X509_CRL_free>>;

void must(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("no certificate could be made: ") + what);
}

template <class Write>
std::string written(Write write) {
  const bio_ptr out(BIO_new(BIO_s_mem()));
  must(write(out.get()) == 1, "writing");
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

x509_ptr certificate_from(const std::string& pem) {
  const bio_ptr in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return x509_ptr(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
}

key_ptr key_from(const std::string& pem) {
  const bio_ptr in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return key_ptr(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
}

key_ptr new_key(certificate_recipe::key_kind k) {
  using kind = certificate_recipe::key_kind;
  switch (k) {
    case kind::p256: return key_ptr(EVP_EC_gen("P-256"));
    case kind::p384: return key_ptr(EVP_EC_gen("P-384"));
    case kind::p192: return key_ptr(EVP_EC_gen("P-192"));
    case kind::ed25519: return key_ptr(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    case kind::rsa_1024: return key_ptr(EVP_RSA_gen(1024));
    case kind::rsa_2048: return key_ptr(EVP_RSA_gen(2048));
  }
  return nullptr;
}

void extend(X509* c, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, c, nullptr, nullptr, 0);
  X509_EXTENSION* const e = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  must(e != nullptr, value.c_str());
  must(X509_add_ext(c, e, -1) == 1, "an extension");
  X509_EXTENSION_free(e);
}

void add_raw_name(X509* c, const std::string& bytes) {
  GENERAL_NAMES* const names = GENERAL_NAMES_new();
  GENERAL_NAME* const name = GENERAL_NAME_new();
  ASN1_IA5STRING* const text = ASN1_IA5STRING_new();
  ASN1_STRING_set(text, bytes.data(), static_cast<int>(bytes.size()));
  GENERAL_NAME_set0_value(name, GEN_DNS, text);
  sk_GENERAL_NAME_push(names, name);
  must(X509_add1_ext_i2d(c, NID_subject_alt_name, names, 0, 0) == 1, "a raw name");
  GENERAL_NAMES_free(names);
}

void add_riddle(X509* c) {
  ASN1_OBJECT* const what = OBJ_txt2obj("1.3.6.1.4.1.55555.1", 1);
  ASN1_OCTET_STRING* const value = ASN1_OCTET_STRING_new();
  ASN1_OCTET_STRING_set(value, reinterpret_cast<const unsigned char*>("?"), 1);
  X509_EXTENSION* const e = X509_EXTENSION_create_by_OBJ(nullptr, what, 1, value);
  must(X509_add_ext(c, e, -1) == 1, "a riddle");
  X509_EXTENSION_free(e);
  ASN1_OCTET_STRING_free(value);
  ASN1_OBJECT_free(what);
}

void describe(X509* c, X509* issuer, const certificate_recipe& r) {
  if (r.says_what_it_is) {
    std::string what = r.is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE";
    if (r.path_length >= 0) what += ",pathlen:" + std::to_string(r.path_length);
    extend(c, issuer, NID_basic_constraints, what);
  }
  const std::string usage = r.is_authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature";
  extend(c, issuer, NID_key_usage, r.key_usage.empty() ? usage : r.key_usage);
  if (!r.extended_usage.empty() && !r.is_authority) extend(c, issuer, NID_ext_key_usage, r.extended_usage);
  if (!r.constraints.empty()) extend(c, issuer, NID_name_constraints, "critical," + r.constraints);
  if (!r.raw_dns_name.empty()) {
    add_raw_name(c, r.raw_dns_name);
  } else if (!r.names.empty() && !r.is_authority) {
    std::string list;
    for (const std::string& n : r.names) list += (list.empty() ? "" : ",") + n;
    extend(c, issuer, NID_subject_alt_name, list);
  }
  if (r.has_riddle) add_riddle(c);
  extend(c, issuer, NID_subject_key_identifier, "hash");
}

void sign(X509* c, EVP_PKEY* with, const std::string& digest) {
  const EVP_MD* const md =
      EVP_PKEY_is_a(with, "ED25519") == 1 ? nullptr : EVP_get_digestbyname(digest.c_str());
  must(X509_sign(c, with, md) > 0, "signing");
}

// One bit of the signature is changed.
std::string damaged(const std::string& pem) {
  const x509_ptr c = certificate_from(pem);
  const ASN1_BIT_STRING* signature = nullptr;
  const X509_ALGOR* algorithm = nullptr;
  X509_get0_signature(&signature, &algorithm, c.get());
  const_cast<unsigned char*>(signature->data)[signature->length - 1] ^= 1U;
  return written([&](BIO* out) { return PEM_write_bio_X509(out, c.get()); });
}

minted mint(const certificate_recipe& r, const minted* issuer) {
  const key_ptr key = new_key(r.key);
  must(key != nullptr, "a key");
  const x509_ptr c(X509_new());
  X509_set_version(c.get(), X509_VERSION_3);
  std::array<unsigned char, 8> serial{};
  RAND_bytes(serial.data(), serial.size());
  serial[0] = 1;
  ASN1_STRING_set(X509_get_serialNumber(c.get()), serial.data(), serial.size());
  X509_gmtime_adj(X509_getm_notBefore(c.get()), r.begins);
  X509_gmtime_adj(X509_getm_notAfter(c.get()), r.ends);
  X509_set_pubkey(c.get(), key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(c.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(r.common_name.data()),
                             static_cast<int>(r.common_name.size()), -1, 0);
  const x509_ptr signer = issuer != nullptr ? certificate_from(issuer->certificate) : nullptr;
  X509* const by = signer ? signer.get() : c.get();
  X509_set_issuer_name(c.get(), X509_get_subject_name(by));
  describe(c.get(), by, r);
  sign(c.get(), issuer != nullptr ? key_from(issuer->key).get() : key.get(), r.digest);

  minted made;
  made.certificate = written([&](BIO* out) { return PEM_write_bio_X509(out, c.get()); });
  if (r.is_damaged) made.certificate = damaged(made.certificate);
  made.key = written([&](BIO* out) {
    return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  if (signer && X509_NAME_cmp(X509_get_subject_name(by), X509_get_issuer_name(by)) != 0)
    made.above = issuer->chain();
  return made;
}

tls_identity must_load(const std::string& chain, const std::string& key) {
  result<tls_identity> i = tls_identity::from_pem(chain, key);
  if (!i) throw std::runtime_error(i.error().message());
  return std::move(*i);
}

}  // namespace

tls_identity minted::identity() const { return must_load(chain(), key); }
tls_identity minted::alone() const { return must_load(certificate, key); }

minted mint(const certificate_recipe& r) { return mint(r, nullptr); }
minted mint(const certificate_recipe& r, const minted& issuer) { return mint(r, &issuer); }

minted mint_root(const std::string& common_name) {
  certificate_recipe r;
  r.common_name = common_name;
  r.is_authority = true;
  return mint(r);
}

std::string revoke(const minted& issuer, const std::vector<minted>& revoked, long begins, long ends) {
  const crl_ptr list(X509_CRL_new());
  const x509_ptr by = certificate_from(issuer.certificate);
  X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(by.get()));
  ASN1_TIME* const t = ASN1_TIME_new();
  X509_gmtime_adj(t, begins);
  X509_CRL_set1_lastUpdate(list.get(), t);
  for (const minted& m : revoked) {
    X509_REVOKED* const entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate_from(m.certificate).get()));
    X509_REVOKED_set_revocationDate(entry, t);
    X509_CRL_add0_revoked(list.get(), entry);
  }
  X509_gmtime_adj(t, ends);
  X509_CRL_set1_nextUpdate(list.get(), t);
  ASN1_TIME_free(t);
  must(X509_CRL_sign(list.get(), key_from(issuer.key).get(), EVP_sha256()) > 0, "a revocation list");
  return written([&](BIO* out) { return PEM_write_bio_X509_CRL(out, list.get()); });
}

const minted& test_root() {
  static const minted root = mint_root();
  return root;
}

const minted& test_leaf() {
  static const minted leaf = mint({}, test_root());
  return leaf;
}

}  // namespace fairlead::testing
