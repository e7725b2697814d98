// SPDX-License-Identifier: MIT
// Bytes as text.
#pragma once

#include <string>

namespace fairlead::detail {

inline void append_hex(std::string& to, unsigned char octet) {
  constexpr char digits[] = "0123456789abcdef";
  to += digits[octet >> 4U];
  to += digits[octet & 15U];
}

}  // namespace fairlead::detail
