// SPDX-License-Identifier: MIT
// Receiving a PROXY header: where it ends. What it says is read by decode_v1 and decode_v2.
#include "proxy/header.hpp"

#include <algorithm>

namespace fairlead::detail {

namespace {

bool may_begin(std::string_view bytes, std::string_view signature) {
  const std::size_t n = std::min(bytes.size(), signature.size());
  return bytes.substr(0, n) == signature.substr(0, n);
}

}  // namespace

std::string header_machine::missing() const { return "no whole PROXY header"; }

verdict header_machine::look(std::span<const std::byte> bytes, bool ended) {
  const std::string_view text = text_of(bytes);
  verdict v;
  if (may_begin(text, signature_v1)) {
    v = line(bytes);
  } else if (may_begin(text, signature_v2)) {
    v = binary(bytes);
  } else {
    return failed(errc::protocol_error, "it does not begin with a PROXY header, which is required here");
  }
  return v.what == verdict::kind::more && ended ? hung_up(bytes.size()) : v;
}

verdict header_machine::line(std::span<const std::byte> bytes) {
  const std::string_view text = text_of(bytes).substr(0, longest_v1);
  const std::size_t end = text.find_first_of("\r\n");
  if (end == std::string_view::npos || end + 1 == text.size()) {
    const bool lone_feed = end != std::string_view::npos && text[end] == '\n';
    if (text.size() < longest_v1 && !lone_feed) {
      // No header of either version is shorter than 15 bytes.
      constexpr std::size_t shortest = std::string_view("PROXY UNKNOWN\r\n").size();
      return reading(std::max(text.size() + 1, shortest), text.size() < shortest ? shortest : longest_v1);
    }
    if (!lone_feed) return failed(errc::protocol_error, "its PROXY line does not end within 107 bytes");
  }
  if (text.substr(end, 2) != "\r\n")
    return failed(errc::protocol_error, "its PROXY line does not end with a carriage return and a line feed");
  std::string defect = decode_v1(text.substr(0, end), header_);
  if (!defect.empty()) return failed(errc::protocol_error, "its PROXY line " + std::move(defect));
  return over(verdict::kind::done, end + 2);
}

verdict header_machine::binary(std::span<const std::byte> bytes) {
  if (bytes.size() < head_v2) return exactly(head_v2);
  const std::size_t size = head_v2 + (octet(bytes, 14) << 8U | octet(bytes, 15));
  if (bytes.size() < size) return exactly(size);
  std::string defect = decode_v2(bytes.first(size), header_);
  if (!defect.empty()) return failed(errc::protocol_error, "its PROXY header " + std::move(defect));
  return over(verdict::kind::done, size);
}

}  // namespace fairlead::detail
