// SPDX-License-Identifier: MIT
// What the connections of a client or a server have in common.
#pragma once

#include <cstdio>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include <fairlead/certificate.hpp>
#include <fairlead/tls.hpp>

#include "tls/openssl.hpp"

namespace fairlead::detail {

/// Whom to believe. The chain is checked, or the key against pins, or both, or neither.
struct trust_policy {
  bool checks_chain = true;
  std::vector<public_key_pin> pins;
  [[nodiscard]] bool verifies() const noexcept { return checks_chain || !pins.empty(); }
};

struct tls_context : tls_shared {
  context_ptr ssl;
  trust_policy trust;
  bool is_server = false;
  std::mutex key_log_lock;
  std::unique_ptr<std::FILE, freed_by<std::fclose>> key_log;

  [[nodiscard]] static tls_context& of(const SSL* s) noexcept {
    return *static_cast<tls_context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(s)));
  }

  /// Makes the SSL_CTX, and applies what client and server options share.
  template <class Options>
  [[nodiscard]] result<void> set_up(bool server, const Options& o) {
    return set_up(server, common{o.minimum, o.maximum, o.ciphers, o.key_log_file});
  }
  /// Reads roots and revocation lists; `roots` says whether there were any.
  template <class Options>
  [[nodiscard]] result<void> read_roots(const Options& o, bool& roots) {
    return read_roots(lists{o.ca_files, o.ca_pem, o.crl_files, o.crl_pem}, roots);
  }

 private:
  struct common {
    tls_version minimum;
    tls_version maximum;
    const std::string& ciphers;
    const std::string& key_log_file;
  };
  struct lists {
    std::span<const std::string> ca_files;
    const std::string& ca_pem;
    std::span<const std::string> crl_files;
    const std::string& crl_pem;
  };
  [[nodiscard]] result<void> set_up(bool server, const common& o);
  [[nodiscard]] result<void> read_roots(const lists& l, bool& roots);
  [[nodiscard]] result<void> set_ciphers(const std::string& list);
  [[nodiscard]] result<void> open_key_log(const std::string& file);
  [[nodiscard]] result<void> add_roots(std::string_view pem, const std::string& from);
  [[nodiscard]] result<void> add_revocations(std::string_view pem, const std::string& from);
};

/// "\x02h2\x08http/1.1": names as they travel. fault::bad_syntax for one that cannot.
[[nodiscard]] result<std::string> alpn_on_the_wire(std::span<const std::string> names);

}  // namespace fairlead::detail
