// SPDX-License-Identifier: MIT
#include "tls/openssl.hpp"

#include <array>
#include <cerrno>
#include <cstdio>

namespace fairlead::detail {

std::string openssl_says() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* const reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "OpenSSL does not say why";
}

result<std::string> content_of(const std::string& file) {
  const std::unique_ptr<std::FILE, freed_by<std::fclose>> in(std::fopen(file.c_str(), "rbe"));
  if (!in) return std::unexpected(error::about(static_cast<errc>(errno), verb::open, file));
  std::string text;
  std::array<char, 4096> piece;
  while (const std::size_t n = std::fread(piece.data(), 1, piece.size(), in.get())) {
    text.append(piece.data(), n);
    if (text.size() > std::size_t{64} << 20U) {
      return std::unexpected(error::about(fault::too_long, verb::read, file, "too large for certificates"));
    }
  }
  if (std::ferror(in.get()) != 0) {
    return std::unexpected(error::about(static_cast<errc>(errno), verb::read, file));
  }
  return text;
}

int refuse_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* asked) noexcept {
  if (asked != nullptr) *static_cast<bool*>(asked) = true;
  return -1;
}

}  // namespace fairlead::detail
