// SPDX-License-Identifier: MIT
// A DNS message (RFC 1035, section 4) as far as the asking needs to know it: is this the answer to our
// question, what does it say, and for how long. A machine over bytes; what the records hold is read elsewhere
// (records.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fairlead::lookup {

enum class record_type : std::uint16_t {
  a = 1,
  cname = 5,
  soa = 6,
  ptr = 12,
  mx = 15,
  txt = 16,
  aaaa = 28,
  srv = 33,
  dname = 39,
  opt = 41
};

/// "IPv4 address", "SRV record", …
[[nodiscard]] std::string_view in_words(record_type t) noexcept;

using bytes_view = std::span<const unsigned char>;

enum class verdict : std::uint8_t {
  foreign,        ///< no answer to this question: late, or forged
  broken,         ///< an answer that cannot be read
  truncated,      ///< there is more than fits: ask again over TCP
  old_fashioned,  ///< the server does not know EDNS (RFC 6891, section 7): ask again without
  refused,        ///< the server failed or will not say: `rcode`
  records,        ///< at least one record of the type that was asked for
  no_records,     ///< the name exists, and has none of them
  no_such_name,
};

struct reading {
  verdict what = verdict::foreign;
  unsigned rcode = 0;
  std::size_t count = 0;  ///< of the records of the type
  std::optional<std::uint32_t>
      ttl;               ///< seconds that it may be kept (RFC 2181, section 8; RFC 2308); none: not at all
  std::string_view why;  ///< it is broken
};

/// `query` is the message that was sent, with its question; `message` any bytes. Over a stream nothing is cut
/// off.
[[nodiscard]] reading read_answer(bytes_view message, bytes_view query, bool over_stream = false);

/// "SERVFAIL", "REFUSED", …
[[nodiscard]] std::string name_of_rcode(unsigned rcode);

}  // namespace fairlead::lookup
