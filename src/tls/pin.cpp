// SPDX-License-Identifier: MIT
#include <fairlead/certificate.hpp>

#include "address/parsing.hpp"
#include "tls/text.hpp"

namespace fairlead {

namespace {

bool from_hex(std::string_view text, public_key_pin::digest_type& into) noexcept {
  std::size_t n = 0;
  for (const char c : text) {
    if (c == ':') continue;
    const int d = parsing::hex_value(c);
    if (d < 0 || n == 2 * into.size()) return false;
    into[n / 2] = static_cast<std::uint8_t>(into[n / 2] << 4U | d);
    ++n;
  }
  return n == 2 * into.size();
}

int base64_digit(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

// 32 bytes are 43 digits, whose last two bits are zero, and one '='.
bool from_base64(std::string_view text, public_key_pin::digest_type& into) noexcept {
  if (text.size() == 44 && text.back() == '=') text.remove_suffix(1);
  if (text.size() != 43) return false;
  unsigned bits = 0;
  unsigned held = 0;
  std::size_t n = 0;
  for (const char c : text) {
    const int d = base64_digit(c);
    if (d < 0) return false;
    bits = (bits << 6U | static_cast<unsigned>(d)) & 0x3fffU;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    into[n++] = static_cast<std::uint8_t>(bits >> held);
  }
  return (bits & ((1U << held) - 1)) == 0;
}

}  // namespace

result<public_key_pin> public_key_pin::parse(std::string_view text) {
  constexpr std::string_view prefix = "sha256";
  digest_type digest{};
  if (text.starts_with(prefix)) {
    const std::string_view rest = text.substr(prefix.size());
    if (rest.starts_with("//") && from_base64(rest.substr(2), digest)) return public_key_pin(digest);
    if (rest.starts_with(":")) {
      if (from_hex(rest.substr(1), digest)) return public_key_pin(digest);
      digest = {};
      if (from_base64(rest.substr(1), digest)) return public_key_pin(digest);
    }
  }
  return std::unexpected(error::about(fault::bad_syntax, verb::parse, std::string(text.substr(0, 128)),
                                      "a pin is sha256: and 64 hexadecimal digits or 44 of Base64"));
}

std::string public_key_pin::to_string() const {
  std::string text = "sha256:";
  for (const std::uint8_t octet : digest_) detail::append_hex(text, octet);
  return text;
}

}  // namespace fairlead
