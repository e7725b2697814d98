// SPDX-License-Identifier: MIT
// Questions to bytes, and records out of bytes. c-ares knows the format, with its compressed names and
// everything that has ever been wrong with them; nobody else here includes it.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <fairlead/resolve.hpp>

#include "dial/message.hpp"

namespace fairlead::lookup {

/// Bytes that we are ready to receive in one datagram (RFC 9715 and the flag day of 2020): no path cuts those
/// up.
constexpr std::size_t largest_datagram = 1232;

/// A question, recursion desired; empty for what cannot be a name.
[[nodiscard]] std::vector<unsigned char> make_query(const std::string& name, record_type type,
                                                    std::uint16_t id, bool edns);

/// Whatever the type of the records is: addresses, names and texts, services, mail exchangers.
using record_list = std::variant<std::vector<ip_address>, std::vector<std::string>,
                                 std::vector<service_record>, std::vector<mail_exchanger>>;
struct record_set {
  record_list records;
  std::string canonical_name;  // empty: the one that was asked for
};

/// The records of a message that read_answer() has found good, at most `count` of them; or why not, in words.
[[nodiscard]] std::expected<record_set, std::string> read_records(bytes_view message, record_type type,
                                                                  std::size_t count);

}  // namespace fairlead::lookup
