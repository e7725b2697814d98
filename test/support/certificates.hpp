// SPDX-License-Identifier: MIT
// Certificates made on the fly: roots, authorities between, leaves, good ones and bad ones in every way.
#pragma once

#include <string>
#include <vector>

#include <fairlead/certificate.hpp>

namespace fairlead::testing {

/// What to make. Times are seconds from now.
struct certificate_recipe {
  enum class key_kind { p256, p384, ed25519, rsa_2048, rsa_1024, p192 };

  std::string common_name = "leaf";
  std::vector<std::string> names = {"DNS:localhost", "IP:127.0.0.1",
                                    "IP:::1"};  ///< as in openssl-x509v3_config
  long begins = -3600;
  long ends = 30L * 86400;
  bool is_authority = false;
  int path_length = -1;
  bool says_what_it_is = true;                           ///< basicConstraints at all
  std::string key_usage;                                 ///< "" for what fits
  std::string extended_usage = "serverAuth,clientAuth";  ///< "" for none
  std::string constraints;                               ///< "permitted;DNS:good.example"
  std::string raw_dns_name;                              ///< instead of `names`: any bytes, NULs too
  key_kind key = key_kind::p256;
  std::string digest = "SHA256";
  bool has_riddle = false;  ///< a critical extension that nobody knows
  bool is_damaged = false;  ///< its signature does not fit
};

/// A certificate, its key, and those who signed it, in PEM.
struct minted {
  std::string certificate;
  std::string key;
  std::string above;  ///< the certificates between it and its root, without the root

  [[nodiscard]] std::string chain() const { return certificate + above; }
  [[nodiscard]] tls_identity identity() const;
  /// The same certificate without those above it.
  [[nodiscard]] tls_identity alone() const;
};

/// Signs itself.
[[nodiscard]] minted mint(const certificate_recipe& r);
/// Signed by `issuer`, whose own certificate is sent along unless it is a root.
[[nodiscard]] minted mint(const certificate_recipe& r, const minted& issuer);
/// A root named so.
[[nodiscard]] minted mint_root(const std::string& common_name = "Fairlead Test Root");

/// A revocation list of `issuer`.
[[nodiscard]] std::string revoke(const minted& issuer, const std::vector<minted>& revoked,
                                 long begins = -3600, long ends = 86400);

/// Made once: a root, and somebody whom it signed, for localhost and its addresses.
[[nodiscard]] const minted& test_root();
[[nodiscard]] const minted& test_leaf();

}  // namespace fairlead::testing
