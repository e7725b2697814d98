// SPDX-License-Identifier: MIT
// Any text through every parser of addresses: what parses must round-trip in its canonical form, and what
// does not must say why, at a place inside the text. So must any bytes that claim to be a sockaddr.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <fairlead/address.hpp>
#include <fairlead/ip_network.hpp>
#include <fairlead/url.hpp>

#include "sys/sockaddr.hpp"

namespace {

using namespace fairlead;

void require(bool held) {
  if (!held) __builtin_trap();
}

void check_error(const error& e, std::string_view text) {
  const auto place = place_of(e);
  require(place.has_value() && place->offset <= text.size() && place->length <= text.size() - place->offset);
  require(!e.reason().empty());
  for (const std::string& shown : {e.message(), underline(e)}) {
    require(shown.size() < 8192);
    for (const char c : shown) require(static_cast<unsigned char>(c) >= 0x20 || c == '\n');
  }
  require(e.message().find('\n') == std::string::npos);
}

template <class T>
void check_text(std::string_view text) {
  const auto parsed = T::parse(text);
  if (!parsed) {
    check_error(parsed.error(), text);
    return;
  }
  const std::string canonical = parsed->to_string();
  const auto again = T::parse(canonical);
  require(again.has_value() && *again == *parsed && again->hash() == parsed->hash());
  require(again->to_string() == canonical);
}

template <class T>
void check_quantity(const result<T>& parsed, std::string_view text) {
  if (!parsed) check_error(parsed.error(), text);
}

void check_bytes(const std::uint8_t* data, std::size_t size) {
  sys::sockaddr_buffer buffer;
  size = size < sizeof buffer.storage ? size : sizeof buffer.storage;
  std::memcpy(&buffer.storage, data, size);
  buffer.length = static_cast<socklen_t>(size);
  const endpoint read = sys::from_sockaddr(buffer);
  sys::to_sockaddr(read, buffer);
  require(sys::from_sockaddr(buffer) == read);
  if (!read.is_unspecified()) require(endpoint::parse(read.to_string()).value() == read);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_text<ipv4_address>(text);
  check_text<ipv6_address>(text);
  check_text<ip_address>(text);
  check_text<ip_network>(text);
  check_text<ip_endpoint>(text);
  check_text<unix_address>(text);
  check_text<endpoint>(text);
  // Names of services are read from a file each time; a few bytes of them are enough.
  if (size <= 16) check_text<port>(text);
  check_quantity(parse_duration(text), text);
  check_quantity(parse_size(text), text);
  check_bytes(data, size);
  return 0;
}
