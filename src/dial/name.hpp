// SPDX-License-Identifier: MIT
// What a name can be, before anybody is asked: malformed, this machine, one that nobody may be asked about,
// or one to look for in several places. Pure functions of text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fairlead/address.hpp>
#include <fairlead/error.hpp>

namespace fairlead::lookup {

/// What the name is for: hosts have stricter names than other records ("_sip._tcp",
/// "1/2.0.192.in-addr.arpa").
enum class name_use { host, record };

/// Why it cannot be a name (RFC 1035, section 2.3.4; RFC 1123, section 2.1), in words; nothing if it can.
[[nodiscard]] std::optional<std::string> defect_of(std::string_view name, name_use use);

/// In lower case and without a final dot: how names are compared and kept.
[[nodiscard]] std::string normal(std::string_view name);

/// As a sentence may hold it, whatever bytes it has.
[[nodiscard]] std::string printable(std::string_view name);

/// localhost, and any name that ends in .localhost (RFC 6761, section 6.3). Of a normal name, as the others
/// here.
[[nodiscard]] bool is_localhost(std::string_view name) noexcept;
/// Why nobody may be asked about it: "invalid" (RFC 6761, section 6.4), "onion" (RFC 7686), in words; else
/// empty.
[[nodiscard]] std::string_view reserved(std::string_view name) noexcept;

/// Under which names to look for `name` as it was given, in order (resolv.conf(5), search and ndots).
[[nodiscard]] std::vector<std::string> candidates(std::string_view name,
                                                  const std::vector<std::string>& search, unsigned ndots);

/// "1.2.0.192.in-addr.arpa" and its kin in ip6.arpa (RFC 1035, section 3.5; RFC 3596, section 2.5).
[[nodiscard]] std::string reverse_name(const ip_address& of);

}  // namespace fairlead::lookup
