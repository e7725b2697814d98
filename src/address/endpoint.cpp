// SPDX-License-Identifier: MIT
#include <cstdio>
#include <cstdlib>

#include "address/parsing.hpp"

namespace fairlead {

namespace detail {

void wrong_alternative(const char* asked) noexcept {
  std::fputs("fairlead: ", stderr);
  std::fputs(asked, stderr);
  std::fputs("\n", stderr);
  std::abort();
}

}  // namespace detail

namespace {

constexpr std::string_view unix_prefix = "unix:";

// Paths that could be taken for something else carry the prefix.
bool stands_alone(std::string_view text) {
  return text.starts_with('/') || text.starts_with("./") || text.starts_with("../") ||
         text.starts_with('@') || text == "(unnamed)";
}

parsing::parsed<endpoint> parse_endpoint(std::string_view piece) {
  if (piece.empty()) {
    return parsing::wrong(0, 0, "the endpoint is empty; write 127.0.0.1:80, [::1]:80, /path or @name");
  }
  const std::size_t skip = piece.starts_with(unix_prefix) ? unix_prefix.size() : 0;
  if (skip != 0 || stands_alone(piece)) {
    auto name = parsing::parse_unix(piece.substr(skip));
    if (!name) return parsing::shifted(std::move(name.error()), skip);
    return *name;
  }
  auto ip = parsing::parse_ip_endpoint(piece, transport::tcp);
  if (!ip) return std::unexpected(std::move(ip.error()));
  return *ip;
}

}  // namespace

result<endpoint> endpoint::parse(std::string_view text) {
  return parsing::to_result(text, parse_endpoint(text));
}

std::string endpoint::to_string() const {
  if (is_ip()) return ip_.to_string();
  if (!is_unix()) return "(unspecified)";
  std::string out = unix_.to_string();
  if (!stands_alone(out)) out.insert(0, unix_prefix);
  return out;
}

}  // namespace fairlead
