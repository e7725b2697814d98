// SPDX-License-Identifier: MIT
// Any text as a URL: what parses must round-trip in its canonical form and answer every question about it;
// what does not must say why, at a place inside the text.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <fairlead/url.hpp>

namespace {

using namespace fairlead;

void require(bool held) {
  if (!held) __builtin_trap();
}

void check_error(const error& e, std::string_view text) {
  const auto place = place_of(e);
  require(place.has_value() && place->offset <= text.size() && place->length <= text.size() - place->offset);
  require(!e.reason().empty() && e.message().size() < 8192);
  for (const char c : e.message()) require(static_cast<unsigned char>(c) >= 0x20);
  (void)underline(e);
}

template <class T>
void check_option(const result<T>& read, std::string_view text) {
  if (!read) check_error(read.error(), text);
}

void check_options(const url& u, std::string_view canonical) {
  for (const url::option& option : u.options()) {
    check_option(u.text(option.name), canonical);
    check_option(u.flag(option.name), canonical);
    check_option(u.duration(option.name), canonical);
    check_option(u.size(option.name), canonical);
    check_option(u.integer(option.name, -1, 1), canonical);
  }
  check_option(u.allow_only({"nodelay", "keepalive"}), canonical);
}

void check_parts(const url& u) {
  const bool has_host = u.transport() && u.family() != family::unix_domain;
  require(has_host || (u.host().empty() && u.port() == 0));
  if (u.family() == family::unix_domain) require(u.numeric_endpoint().has_value());
  if (!u.numeric_endpoint()) return;
  const endpoint& where = *u.numeric_endpoint();
  require(where.family() == u.family() && u.listen_endpoint() == where);
  if (where.is_ip()) require(where.ip().port() == u.port() && where.ip().address().to_string() == u.host());
  if (where.is_unix()) require(where.unix_socket().name() == u.path());
  // The endpoint alone makes the same URL but for the options.
  const url there = u.at(where);
  require(url::parse(there.to_string()).value() == there);
  if (u.options().empty()) require(there == u);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = url::parse(text);
  if (!parsed) {
    check_error(parsed.error(), text);
    return 0;
  }
  const std::string canonical = parsed->to_string();
  const auto again = url::parse(canonical);
  require(again.has_value() && *again == *parsed && again->to_string() == canonical);
  check_parts(*parsed);
  check_options(*parsed, canonical);
  return 0;
}
