// SPDX-License-Identifier: MIT
// What certificates say, in words that can be printed.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <fairlead/certificate.hpp>

#include "tls/openssl.hpp"

namespace fairlead::detail {

/// What is not printable ASCII is written \xNN, and what is long is cut.
[[nodiscard]] std::string printable(std::string_view text, std::size_t most = 256);
[[nodiscard]] std::string name_in_words(const X509_NAME* name);
/// The hosts and IP addresses in the subjectAltName.
[[nodiscard]] std::vector<std::string> names_of(const X509* certificate);
/// "a.example, b.example and 3 more"; "no host" if there are none.
[[nodiscard]] std::string names_in_words(const X509* certificate);
[[nodiscard]] std::chrono::sys_seconds time_of(const ASN1_TIME* t);
/// "2026-11-01".
[[nodiscard]] std::string date_in_words(const ASN1_TIME* t);
[[nodiscard]] std::string key_in_words(EVP_PKEY* key);
[[nodiscard]] public_key_pin pin_of(const X509* certificate);
[[nodiscard]] certificate_facts facts_of(X509* certificate);

}  // namespace fairlead::detail
