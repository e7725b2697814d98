// SPDX-License-Identifier: MIT
// What goes wrong in TLS, in words.
#pragma once

#include <string>

#include <fairlead/error.hpp>

namespace fairlead::detail {

struct tls_engine_state;

struct tls_failure {
  errc code{};
  fault kind = fault::none;  // instead of the code
  std::string reason;
  bool fatal = true;  // in both directions

  tls_failure(errc c, std::string words) : code(c), reason(std::move(words)) {}
  tls_failure(fault f, std::string words) : kind(f), reason(std::move(words)) {}
  [[nodiscard]] error about(verb v, std::string subject) const {
    return kind != fault::none ? error::about(kind, v, std::move(subject), reason)
                               : error::about(code, v, std::move(subject), reason);
  }
};

/// What OpenSSL has noted of the failed call; forgets it.
[[nodiscard]] tls_failure failure_in_words(const tls_engine_state& engine);

}  // namespace fairlead::detail
