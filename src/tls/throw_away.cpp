// SPDX-License-Identifier: MIT
// A certificate that signs itself.
#include <openssl/ec.h>
#include <openssl/rand.h>

#include <array>

#include <fairlead/ip_address.hpp>

#include "tls/identity.hpp"

namespace fairlead {

namespace {

using detail::identity_data;

bool add_extension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const e = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  const bool added = e != nullptr && X509_add_ext(certificate, e, -1) == 1;
  X509_EXTENSION_free(e);
  return added;
}

// Of the form that OpenSSL's configuration files have; a name with anything else in it could say more there.
bool is_plain(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && c != '.' && c != '-' && c != '_' && c != '*') return false;
  }
  return true;
}

result<std::string> alternative_names(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    const bool address = ip_address::parse(name).has_value();
    if (!address && !is_plain(name)) {
      return std::unexpected(error::about(fault::bad_syntax, verb::parse, name.substr(0, 128),
                                          "neither a host's name nor an IP address"));
    }
    list += (list.empty() ? "" : ",") + std::string(address ? "IP:" : "DNS:") + name;
  }
  return list;
}

bool fill(X509* c, EVP_PKEY* key, const std::string& name, const std::string& names) {
  std::array<unsigned char, 16> serial{};
  if (RAND_bytes(serial.data(), serial.size()) != 1) return false;
  // Positive, and without a first byte that its encoding (X.690, 8.3.2) would have to do without.
  serial[0] = static_cast<unsigned char>((serial[0] & 0x7fU) | 0x40U);
  constexpr long hour = 3600;  // clocks differ
  X509_NAME* const subject = X509_get_subject_name(c);
  const auto* const text = reinterpret_cast<const unsigned char*>(name.data());
  return X509_set_version(c, X509_VERSION_3) == 1 &&
         ASN1_STRING_set(X509_get_serialNumber(c), serial.data(), serial.size()) == 1 &&
         X509_gmtime_adj(X509_getm_notBefore(c), -hour) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(c), 7 * 24 * hour) != nullptr && X509_set_pubkey(c, key) == 1 &&
         X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, text, static_cast<int>(name.size()), -1,
                                    0) == 1 &&
         X509_set_issuer_name(c, subject) == 1 &&
         add_extension(c, NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(c, NID_key_usage, "critical,digitalSignature") &&
         add_extension(c, NID_ext_key_usage, "serverAuth,clientAuth") &&
         add_extension(c, NID_subject_alt_name, names) && X509_sign(c, key, EVP_sha256()) > 0;
}

}  // namespace

result<tls_identity> tls_identity::throw_away() { return throw_away({"localhost", "127.0.0.1", "::1"}); }

result<tls_identity> tls_identity::throw_away(std::vector<std::string> names) {
  if (names.empty()) names.emplace_back("localhost");
  const result<std::string> list = alternative_names(names);
  if (!list) return std::unexpected(list.error());
  auto* const data = new identity_data();
  detail::tls_shared_ptr shared(data);
  data->key.reset(EVP_EC_gen("P-256"));
  data->certificate.reset(X509_new());
  const bool made = data->key && data->certificate &&
                    fill(data->certificate.get(), data->key.get(), names[0].substr(0, 64), *list);
  if (!made) {
    return std::unexpected(error::about(errc::invalid_argument, verb::open, names[0],
                                        "no certificate could be made: " + detail::openssl_says()));
  }
  return tls_identity(std::move(shared));
}

}  // namespace fairlead
