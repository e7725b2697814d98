// SPDX-License-Identifier: MIT
// TLS 1.2 and 1.3 (RFC 5246, RFC 8446) over any stream, as a stream.
//
//   auto client = tls_client::create();
//   auto secure = co_await or_return(client->connect(std::move(tcp), "example.org"));
//   co_await or_return(secure.send("GET / HTTP/1.0\r\n\r\n"));
//
// Who the peer is, is verified before anything is sent. docs/design/tls.md has the rules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fairlead/certificate.hpp>
#include <fairlead/error.hpp>
#include <fairlead/export.hpp>
#include <fairlead/stream.hpp>
#include <fairlead/task.hpp>
#include <fairlead/tls_engine.hpp>
#include <fairlead/tls_stream.hpp>

namespace fairlead {

namespace detail {

FAIRLEAD_API result<tls_engine> make_client_engine(const tls_shared_ptr& from,
                                                   const std::string& server_name);
FAIRLEAD_API result<tls_engine> make_server_engine(const tls_shared_ptr& from,
                                                   const std::string& server_name);

}  // namespace detail

struct tls_client_options {
  /// Whose signatures are believed: the certificates in these PEM files and in this text. With neither, and
  /// no pins, the system's roots (SSL_CERT_FILE and SSL_CERT_DIR in the environment choose others).
  std::vector<std::string> ca_files;
  std::string ca_pem;
  /// Revocation lists, in PEM. If there are any, the certificate's issuer must have one.
  std::vector<std::string> crl_files;
  std::string crl_pem;
  /// The server's key must be one of these. With pins and no roots given, nothing else matters: whoever
  /// signed its certificate, and whatever that says.
  std::vector<public_key_pin> pins;
  /// The protocols to speak inside (ALPN, RFC 7301), the preferred one first: "h2", "http/1.1".
  std::vector<std::string> alpn;
  /// What to show to servers that ask who we are.
  std::optional<tls_identity> identity;
  tls_version minimum = tls_version::tls1_2;
  tls_version maximum = tls_version::tls1_3;
  /// By OpenSSL's names, with colons between them (openssl-ciphers(1)); those of TLS 1.3 begin with "TLS_".
  std::string ciphers;
  /// The keys of each connection are appended to this file, for Wireshark. Whoever reads it reads everything.
  std::string key_log_file;
  /// Verifies no certificate: anybody on the way can read and change everything. Pins, if there are any,
  /// still hold.
  bool dangerously_trust_anyone = false;
  /// Sessions that are kept to shorten later handshakes with the same server; 0: none.
  std::size_t cached_sessions = 256;
};

/// What connections to servers have in common. A handle: copies share it, on any thread.
class FAIRLEAD_API tls_client {
 public:
  /// An error names the file that cannot be used, and says why.
  [[nodiscard]] static result<tls_client> create(tls_client_options options = {});

  /// The handshake over `inner`, which is gone if it fails. `server_name`, a host's name or an IP address, is
  /// whom the certificate must be for, and what a server with several chooses by (SNI, RFC 6066). Errors:
  /// fault::untrusted and what is wrong with the certificate; fault::truncated if the server closes in the
  /// middle; errc::connection_aborted and the server's words if it refuses; errc::protocol_error.
  /// Turns Nagle's algorithm off (option::no_delay) where `inner` is TCP.
  /// STARTTLS: connect(std::move(reader), …), where `reader` is the buffered_reader of the plain connection:
  /// what it has read ahead is read first.
  template <stream S>
  [[nodiscard]] task<result<tls_stream<S>>> connect(S inner, std::string server_name) const {
    return detail::shake_hands<S>(shared_, &detail::make_client_engine, std::move(inner),
                                  std::move(server_name));
  }

  /// Internal.
  [[nodiscard]] const detail::tls_shared_ptr& shared() const noexcept { return shared_; }

 private:
  explicit tls_client(detail::tls_shared_ptr p) noexcept : shared_(std::move(p)) {}
  detail::tls_shared_ptr shared_;
};

/// Whether clients show certificates too.
enum class client_certificates : std::uint8_t {
  none,      ///< they are not asked
  optional,  ///< one that is shown must be good
  required,
};

struct tls_server_options {
  /// Of those that are for the name the client asks for (SNI) the first of each kind of key is shown; the
  /// first of all if there is none. At least one.
  std::vector<tls_identity> identities;
  client_certificates clients = client_certificates::none;
  /// Whose signatures on clients' certificates are believed. There is no default.
  std::vector<std::string> ca_files;
  std::string ca_pem;
  std::vector<std::string> crl_files;
  std::string crl_pem;
  /// The client's key must be one of these. With pins and no roots, nothing else matters.
  std::vector<public_key_pin> pins;
  /// The protocols spoken inside, the preferred one first. A client that offers only others is refused.
  std::vector<std::string> alpn;
  tls_version minimum = tls_version::tls1_2;
  tls_version maximum = tls_version::tls1_3;
  std::string ciphers;       ///< as in tls_client_options
  std::string key_log_file;  ///< as in tls_client_options
};

/// What a server's connections have in common. A handle: copies share it, on any thread.
class FAIRLEAD_API tls_server {
 public:
  [[nodiscard]] static result<tls_server> create(tls_server_options options);

  /// The handshake over `inner`, which is gone if it fails. Bound it: accept(…).within(10s), or a client that
  /// says nothing stays for ever. Errors as with tls_client::connect().
  template <stream S>
  [[nodiscard]] task<result<tls_stream<S>>> accept(S inner) const {
    return detail::shake_hands<S>(shared_, &detail::make_server_engine, std::move(inner), {});
  }

  /// Other certificates, for handshakes that begin from now on. Connections stay, and clients still resume
  /// the sessions they had.
  result<void> reload(std::vector<tls_identity> identities) const;

  /// Internal.
  [[nodiscard]] const detail::tls_shared_ptr& shared() const noexcept { return shared_; }

 private:
  explicit tls_server(detail::tls_shared_ptr p) noexcept : shared_(std::move(p)) {}
  detail::tls_shared_ptr shared_;
};

/// Whether this kernel can encrypt by itself (the TLS ULP, Linux 4.13). Nothing depends on it yet.
[[nodiscard]] FAIRLEAD_API bool kernel_tls_available();

}  // namespace fairlead
