// SPDX-License-Identifier: MIT
#include "tls/context.hpp"

#include <openssl/pem.h>

#include <algorithm>
#include <cerrno>

#include "sys/file.hpp"
#include "tls/verify.hpp"

namespace fairlead::detail {

namespace {

int number_of(tls_version v) noexcept { return v == tls_version::tls1_3 ? TLS1_3_VERSION : TLS1_2_VERSION; }

std::unexpected<error> cannot(const std::string& what, std::string reason) {
  return std::unexpected(error::about(errc::invalid_argument, verb::set_option, what, std::move(reason)));
}

void log_key(const SSL* ssl, const char* line) noexcept {
  tls_context& c = tls_context::of(ssl);
  const std::scoped_lock alone(c.key_log_lock);
  std::fprintf(c.key_log.get(), "%s\n", line);
  std::fflush(c.key_log.get());
}

// Reads objects of one kind until there are no more; false if one is damaged.
template <class Read>
bool read_all(std::string_view pem, Read read) {
  const bio_ptr in = reading(pem);
  ERR_clear_error();
  while (read(in.get())) continue;
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  return at_end;
}

}  // namespace

result<void> tls_context::set_up(bool server, const common& o) {
  ERR_clear_error();
  is_server = server;
  ssl.reset(SSL_CTX_new(server ? TLS_server_method() : TLS_client_method()));
  if (!ssl) return cannot("tls", "OpenSSL cannot be used: " + openssl_says());
  SSL_CTX* const c = ssl.get();
  SSL_CTX_set_app_data(c, this);
  // What is read ahead here lies in our own buffers, and idle connections should have none.
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY | SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                             SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_clear_options(c, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_LEGACY_SERVER_CONNECT);
  SSL_CTX_set_max_early_data(c, 0);
  if (o.maximum < o.minimum) return cannot("minimum", "it is above the maximum");
  if (SSL_CTX_set_min_proto_version(c, number_of(o.minimum)) != 1 ||
      SSL_CTX_set_max_proto_version(c, number_of(o.maximum)) != 1) {
    return cannot("minimum", "OpenSSL has no such version of TLS");
  }
  SSL_CTX_set_cert_verify_callback(c, &verify_peer, nullptr);
  result<void> done = set_ciphers(o.ciphers);
  if (done) done = open_key_log(o.key_log_file);
  return done;
}

result<void> tls_context::set_ciphers(const std::string& list) {
  std::string suites;
  std::string older;
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find(':', at), list.size());
    const std::string_view name = std::string_view(list).substr(at, end - at);
    std::string& which = name.starts_with("TLS_") ? suites : older;
    which.append(which.empty() ? "" : ":").append(name);
    at = end + 1;
  }
  ERR_clear_error();
  if (!suites.empty() && SSL_CTX_set_ciphersuites(ssl.get(), suites.c_str()) != 1) {
    return cannot("ciphers", "OpenSSL does not know all of " + suites);
  }
  // With a cipher that shows no certificate nobody would be verified, and nobody would notice.
  if (!older.empty() && SSL_CTX_set_cipher_list(ssl.get(), (older + ":!aNULL").c_str()) != 1) {
    return cannot("ciphers", "OpenSSL knows none of " + older);
  }
  ERR_clear_error();
  return {};
}

result<void> tls_context::open_key_log(const std::string& file) {
  if (file.empty()) return {};
  const int log = sys::open_private_log(file);
  key_log.reset(log < 0 ? nullptr : ::fdopen(log, "ab"));
  if (!key_log) return std::unexpected(error::about(static_cast<errc>(errno), verb::open, file));
  SSL_CTX_set_keylog_callback(ssl.get(), &log_key);
  return {};
}

result<void> tls_context::add_roots(std::string_view pem, const std::string& from) {
  int found = 0;
  X509_STORE* const store = SSL_CTX_get_cert_store(ssl.get());
  const bool whole = read_all(pem, [&](BIO* in) {
    const x509_ptr c(PEM_read_bio_X509_AUX(in, nullptr, &refuse_passphrase, nullptr));
    if (!c) return false;
    ++found;
    X509_STORE_add_cert(store, c.get());
    if (is_server) SSL_CTX_add_client_CA(ssl.get(), c.get());
    return true;
  });
  if (whole && found > 0) return {};
  return std::unexpected(
      error::about(fault::bad_syntax, verb::read, from,
                   whole ? "it holds no certificate in PEM" : "a certificate in it is damaged"));
}

result<void> tls_context::add_revocations(std::string_view pem, const std::string& from) {
  int found = 0;
  X509_STORE* const store = SSL_CTX_get_cert_store(ssl.get());
  const bool whole = read_all(pem, [&](BIO* in) {
    const crl_ptr c(PEM_read_bio_X509_CRL(in, nullptr, &refuse_passphrase, nullptr));
    if (!c) return false;
    ++found;
    X509_STORE_add_crl(store, c.get());
    return true;
  });
  if (!whole || found == 0) {
    return std::unexpected(
        error::about(fault::bad_syntax, verb::read, from,
                     whole ? "it holds no revocation list in PEM" : "a revocation list in it is damaged"));
  }
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
  return {};
}

result<void> tls_context::read_roots(const lists& l, bool& roots) {
  roots = !l.ca_files.empty() || !l.ca_pem.empty();
  // A root need not have signed itself: whoever is named is believed.
  if (roots) X509_STORE_set_flags(SSL_CTX_get_cert_store(ssl.get()), X509_V_FLAG_PARTIAL_CHAIN);
  const auto each = [](std::span<const std::string> files, const std::string& pem, auto add,
                       const char* given) -> result<void> {
    for (const std::string& file : files) {
      const result<std::string> text = content_of(file);
      if (!text) return std::unexpected(text.error());
      if (result<void> r = add(*text, file); !r) return r;
    }
    return pem.empty() ? result<void>() : add(pem, given);
  };
  result<void> done = each(
      l.ca_files, l.ca_pem,
      [this](std::string_view pem, const std::string& from) { return add_roots(pem, from); },
      "the given roots");
  if (!done) return done;
  return each(
      l.crl_files, l.crl_pem,
      [this](std::string_view pem, const std::string& from) { return add_revocations(pem, from); },
      "the given revocation lists");
}

result<std::string> alpn_on_the_wire(std::span<const std::string> names) {
  std::string wire;
  for (const std::string& name : names) {
    if (name.empty() || name.size() > 255) return cannot("alpn", "a protocol's name has 1 to 255 bytes");
    wire += static_cast<char>(name.size());
    wire += name;
  }
  if (wire.size() > 65533) return cannot("alpn", "too many protocols");
  return wire;
}

}  // namespace fairlead::detail
