// SPDX-License-Identifier: MIT
#include "tls/certificate.hpp"

#include <openssl/ec.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <span>

#include <fairlead/ip_address.hpp>

#include "tls/text.hpp"

namespace fairlead {

namespace detail {

tls_shared::~tls_shared() = default;

void tls_shared_ptr::retain() const noexcept {
  if (shared_ != nullptr) std::atomic_ref(shared_->references_).fetch_add(1, std::memory_order_relaxed);
}

void tls_shared_ptr::drop() noexcept {
  if (std::atomic_ref(shared_->references_).fetch_sub(1, std::memory_order_acq_rel) == 1) delete shared_;
}

std::string printable(std::string_view text, std::size_t most) {
  std::string out;
  for (const char c : text) {
    if (out.size() >= most) return out + "…";
    const auto octet = static_cast<unsigned char>(c);
    if (octet > 0x20 && octet < 0x7f) {
      out += c;
    } else {
      out += "\\x";
      append_hex(out, octet);
    }
  }
  return out;
}

std::string name_in_words(const X509_NAME* name) {
  const bio_ptr out(BIO_new(BIO_s_mem()));
  constexpr unsigned long form = ASN1_STRFLGS_RFC2253 | XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_DN_REV |
                                 XN_FLAG_FN_SN | XN_FLAG_DUMP_UNKNOWN_FIELDS;
  if (!out || X509_NAME_print_ex(out.get(), name, 0, form) < 0) return "(unreadable)";
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  if (size <= 0) return "(no name)";
  const std::string_view all(text, static_cast<std::size_t>(size));
  return all.size() > 256 ? std::string(all.substr(0, 256)) + "…" : std::string(all);
}

std::vector<std::string> names_of(const X509* certificate) {
  struct freeing {
    void operator()(GENERAL_NAMES* g) const noexcept { GENERAL_NAMES_free(g); }
  };
  const std::unique_ptr<GENERAL_NAMES, freeing> all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  ERR_clear_error();  // an extension that cannot be read names nobody
  std::vector<std::string> names;
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type != GEN_DNS && name->type != GEN_IPADD) continue;
    const ASN1_STRING* const value = name->type == GEN_DNS ? name->d.dNSName : name->d.iPAddress;
    const std::span bytes(ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value)));
    if (name->type == GEN_DNS) {
      names.push_back(printable({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
    } else if (bytes.size() == 4) {
      names.push_back(ipv4_address(bytes[0], bytes[1], bytes[2], bytes[3]).to_string());
    } else if (bytes.size() == 16) {
      ipv6_address::bytes_type octets{};
      std::ranges::copy(bytes, octets.begin());
      names.push_back(ipv6_address(octets).to_string());
    }
  }
  return names;
}

std::string names_in_words(const X509* certificate) {
  const std::vector<std::string> names = names_of(certificate);
  if (names.empty()) return "no host";
  constexpr std::size_t most = 5;
  std::string text = names[0];
  const std::size_t shown = std::min(names.size(), most);
  for (std::size_t i = 1; i < shown; ++i) {
    text += (i + 1 == names.size() ? " and " : ", ") + names[i];
  }
  if (shown < names.size()) text += " and " + std::to_string(names.size() - shown) + " more";
  return text;
}

std::chrono::sys_seconds time_of(const ASN1_TIME* t) {
  std::tm parts{};
  if (t == nullptr || ASN1_TIME_to_tm(t, &parts) != 1) return {};
  using namespace std::chrono;
  return sys_days(year(parts.tm_year + 1900) / (parts.tm_mon + 1) / parts.tm_mday) + hours(parts.tm_hour) +
         minutes(parts.tm_min) + seconds(parts.tm_sec);
}

std::string date_in_words(const ASN1_TIME* t) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(time_of(t)));
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", int(date.year()), unsigned(date.month()),
                unsigned(date.day()));
  return text.data();
}

std::string key_in_words(EVP_PKEY* key) {
  if (key == nullptr) return "(unreadable)";
  if (EVP_PKEY_is_a(key, "RSA") == 1 || EVP_PKEY_is_a(key, "RSA-PSS") == 1 ||
      EVP_PKEY_is_a(key, "DSA") == 1) {
    return std::string(EVP_PKEY_get0_type_name(key)) + " " + std::to_string(EVP_PKEY_get_bits(key));
  }
  std::array<char, 64> group{};
  std::size_t size = 0;
  if (EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1) {
    const char* const nist = EC_curve_nid2nist(OBJ_sn2nid(group.data()));
    return nist != nullptr ? nist : group.data();
  }
  const char* const type = EVP_PKEY_get0_type_name(key);
  return type != nullptr ? type : "(unknown)";
}

public_key_pin pin_of(const X509* certificate) {
  public_key_pin::digest_type digest{};
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size > 0) SHA256(der, static_cast<std::size_t>(size), digest.data());
  OPENSSL_free(der);
  return public_key_pin(digest);
}

certificate_facts facts_of(X509* certificate) {
  certificate_facts f;
  f.subject = name_in_words(X509_get_subject_name(certificate));
  f.issuer = name_in_words(X509_get_issuer_name(certificate));
  f.names = names_of(certificate);
  f.not_before = time_of(X509_get0_notBefore(certificate));
  f.not_after = time_of(X509_get0_notAfter(certificate));
  const ASN1_INTEGER* const serial = X509_get0_serialNumber(certificate);
  for (int i = 0; i < ASN1_STRING_length(serial) && i < 64; ++i) {
    append_hex(f.serial, ASN1_STRING_get0_data(serial)[i]);
  }
  f.key = key_in_words(X509_get0_pubkey(certificate));
  const char* const algorithm = OBJ_nid2ln(X509_get_signature_nid(certificate));
  f.signature = algorithm != nullptr ? algorithm : "(unknown)";
  public_key_pin::digest_type digest{};
  unsigned size = digest.size();
  X509_digest(certificate, EVP_sha256(), digest.data(), &size);
  f.fingerprint = public_key_pin(digest).to_string();
  f.pin = pin_of(certificate);
  ERR_clear_error();
  return f;
}

}  // namespace detail

}  // namespace fairlead
