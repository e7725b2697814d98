// SPDX-License-Identifier: MIT
// What the flags say of proxies and TLS.
#pragma once

#include <optional>

#include <fairlead/client.hpp>
#include <fairlead/url.hpp>

#include "console.hpp"
#include "option.hpp"

namespace tool {

/// How to connect to `to`. Says what --insecure gives up. The error is one of usage: a flag that is wrong, or
/// that `to` has no use for.
[[nodiscard]] fairlead::result<fairlead::client_options> connecting_terms(const settings& asked,
                                                                          const fairlead::url& to,
                                                                          const console& out);

/// What a client must do before it is served.
struct entrance {
  bool proxied = false;                     ///< begin with a PROXY header
  std::optional<fairlead::tls_server> tls;  ///< speak TLS
  /// For both. A client that says nothing shall not stay for ever.
  fairlead::duration patience = std::chrono::seconds(10);
  [[nodiscard]] bool open() const noexcept { return !proxied && !tls; }
};

/// What clients of a listener must do. Announces the pin of a certificate that is made for this run.
[[nodiscard]] fairlead::result<entrance> entrance_terms(const settings& asked, const fairlead::url& at,
                                                        const console& out);

/// "TLSv1.3, TLS_AES_256_GCM_SHA384, h2; the certificate is for example.org, from CN=…, until 2027-01-31"
[[nodiscard]] std::string description(const fairlead::tls_facts& f);

}  // namespace tool
