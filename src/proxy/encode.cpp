// SPDX-License-Identifier: MIT
// Sending a PROXY header.
#include <algorithm>
#include <limits>

#include "proxy/header.hpp"

namespace fairlead {

using namespace detail;

namespace {

constexpr std::size_t longest_length = std::numeric_limits<std::uint16_t>::max();

std::unexpected<error> cannot(std::string reason) {
  return std::unexpected(
      error::about(errc::invalid_argument, verb::send, "a PROXY header", std::move(reason)));
}

bool is_datagram(transport t) { return t == transport::udp || t == transport::unix_datagram; }
bool is_unix(transport t) { return t != transport::tcp && t != transport::udp; }

// What no version could say; empty if there is nothing.
std::string defect_of(const proxy_header& h) {
  if (h.source.family() != h.destination.family())
    return "the source and the destination are of different families";
  if (h.source.is_unspecified()) return "it has no source and no destination, and is not local";
  if (h.source.is_unix() != is_unix(h.transport)) return "its addresses do not belong to its transport";
  if (h.transport == transport::unix_seqpacket) return "the protocol does not know seqpacket sockets";
  return {};
}

void append_unix(std::string& out, const unix_address& a) {
  std::string place(a.is_abstract() ? 1 : 0, '\0');
  place += a.name();
  place.resize(unix_size, '\0');
  out += place;
}

std::string address_block(const proxy_header& h) {
  std::string block;
  if (h.source.is_unix()) {
    append_unix(block, h.source.unix_socket());
    append_unix(block, h.destination.unix_socket());
    return block;
  }
  append_ip(block, h.source.ip().address());
  append_ip(block, h.destination.ip().address());
  append_u16(block, h.source.ip().port().number());
  append_u16(block, h.destination.ip().port().number());
  return block;
}

family_v2 family_of(const endpoint& e) {
  if (e.is_unix()) return family_v2::unix_socket;
  return e.ip().address().is_v4() ? family_v2::ipv4 : family_v2::ipv6;
}

// An address as version 1 writes it: without the scope that it may have here.
std::string in_figures(const endpoint& e) {
  const ip_address& a = e.ip().address();
  return a.is_v4() ? a.to_string() : a.v6().with_scope_id(0).to_string();
}

result<std::string> encode_v1(const proxy_header& h) {
  if (!h.fields.empty() || h.checksum) return cannot("version 1 carries no fields and no checksum");
  if (h.local) return std::string("PROXY UNKNOWN\r\n");
  if (h.transport != transport::tcp) return cannot("version 1 knows TCP only");
  return (h.source.ip().address().is_v4() ? "PROXY TCP4 " : "PROXY TCP6 ") + in_figures(h.source) + ' ' +
         in_figures(h.destination) + ' ' + h.source.ip().port().to_string() + ' ' +
         h.destination.ip().port().to_string() + "\r\n";
}

result<void> append_fields(std::string& out, const proxy_header& h) {
  for (const proxy_header::field& f : h.fields) {
    if (f.type == checksum_field) return cannot("a checksum is no field of the caller's; set `checksum`");
    if (f.type == proxy_header::unique_id && f.value.size() > longest_unique_id)
      return cannot("a unique id has at most 128 bytes");
    if (f.value.size() > longest_length) return cannot("a field is longer than its length can say");
    out += static_cast<char>(f.type);
    append_u16(out, f.value.size());
    out += f.value;
  }
  return {};
}

result<std::string> encode_v2(const proxy_header& h) {
  std::string out(signature_v2);
  if (h.local) {
    if (!h.fields.empty() || h.checksum) return cannot("a local one carries no fields and no checksum");
    return out.append("\x20\x00\x00\x00", 4);
  }
  std::string body = address_block(h);
  if (result<void> good = append_fields(body, h); !good) return std::unexpected(std::move(good.error()));
  if (h.checksum) body.append("\x03\x00\x04\x00\x00\x00\x00", 7);
  if (body.size() > longest_length) return cannot("it is longer than its length can say");
  const auto kind = static_cast<unsigned>(is_datagram(h.transport) ? kind_v2::datagram : kind_v2::stream);
  out += '\x21';
  out += static_cast<char>(static_cast<unsigned>(family_of(h.source)) << 4U | kind);
  append_u16(out, body.size());
  out += body;
  if (h.checksum) {
    const std::uint32_t sum = crc32c(std::as_bytes(std::span(out)));
    out.resize(out.size() - 4);
    append_u16(out, sum >> 16U);
    append_u16(out, sum & 0xffffU);
  }
  return out;
}

}  // namespace

const std::string* proxy_header::find(std::uint8_t type) const noexcept {
  const auto found = std::ranges::find(fields, type, &field::type);
  return found == fields.end() ? nullptr : &found->value;
}

result<std::string> encode(const proxy_header& h, proxy_version v) {
  if (!h.local) {
    if (std::string defect = defect_of(h); !defect.empty()) return cannot(std::move(defect));
  }
  return v == proxy_version::v1 ? encode_v1(h) : encode_v2(h);
}

}  // namespace fairlead
