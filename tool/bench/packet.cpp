// SPDX-License-Identifier: MIT
#include "bench/packet.hpp"

#include "bench/bytes.hpp"

namespace tool::bench_parts {

namespace {

constexpr std::uint32_t first_word = 0x666c6264;  // "flbd"

}  // namespace

void put_packet(std::span<std::byte> into, const packet& p) {
  put(into, 0, first_word);
  put(into, 4, protocol_version);
  put(into, 6, static_cast<std::uint8_t>(p.kind));
  put(into, 7, p.detail);
  put(into, 8, p.session);
  put(into, 16, p.sequence);
  put(into, 24, p.stamp);
  put(into, 32, p.value);
}

std::optional<packet> parse_packet(std::span<const std::byte> from) {
  if (from.size() < packet_size || get<std::uint32_t>(from, 0) != first_word) return std::nullopt;
  const auto kind = get<std::uint8_t>(from, 6);
  if (kind < 1 || kind > static_cast<std::uint8_t>(packet_kind::report)) return std::nullopt;
  packet p;
  p.kind = static_cast<packet_kind>(kind);
  p.detail = get<std::uint8_t>(from, 7);
  p.session = get<std::uint64_t>(from, 8);
  p.sequence = get<std::uint64_t>(from, 16);
  p.stamp = get<std::uint64_t>(from, 24);
  p.value = get<std::uint64_t>(from, 32);
  if (get<std::uint16_t>(from, 4) == protocol_version) return p;
  // Another version: only that it is one can be told.
  if (p.kind != packet_kind::hello && p.kind != packet_kind::welcome) return std::nullopt;
  p.detail = p.kind == packet_kind::hello ? std::uint8_t{0} : static_cast<std::uint8_t>(refusal::version);
  return p;
}

std::array<std::byte, datagram_report_size> to_bytes(const packet& head, const datagram_report& r) {
  std::array<std::byte, datagram_report_size> made{};
  put_packet(made, head);
  std::size_t at = packet_size;
  for (const std::uint64_t n :
       {r.received, r.bytes, r.reordered, r.duplicates, r.too_late, r.dropped, r.sent}) {
    put(made, at, n);
    at += sizeof n;
  }
  return made;
}

std::optional<datagram_report> parse_datagram_report(std::span<const std::byte> whole) {
  if (whole.size() != datagram_report_size) return std::nullopt;
  datagram_report r;
  std::size_t at = packet_size;
  for (std::uint64_t* const n :
       {&r.received, &r.bytes, &r.reordered, &r.duplicates, &r.too_late, &r.dropped, &r.sent}) {
    *n = get<std::uint64_t>(whole, at);
    at += sizeof *n;
  }
  return r;
}

packet to_packet(const datagram_hello& h, std::uint64_t nonce) {
  packet p;
  p.kind = packet_kind::hello;
  p.detail = static_cast<std::uint8_t>(static_cast<unsigned>(h.what.mode) << 4U | h.what.directions);
  p.session = nonce;
  p.sequence = static_cast<std::uint64_t>(h.what.lasts.count());
  p.stamp = h.what.size;
  p.value = h.rate;
  return p;
}

std::expected<datagram_hello, refusal> read_hello(const packet& p) {
  if (p.detail == 0) return std::unexpected(refusal::version);
  datagram_hello h;
  h.what.mode = static_cast<mode>(p.detail >> 4U);
  h.what.directions = p.detail & 0x0fU;
  if (h.what.mode != mode::bulk && h.what.mode != mode::requests) return std::unexpected(refusal::mode);
  const bool bulk = h.what.mode == mode::bulk;
  if (bulk ? h.what.directions == 0 || h.what.directions > (there | back) : h.what.directions != 0) {
    return std::unexpected(refusal::directions);
  }
  if (p.stamp < packet_size || p.stamp > largest_datagram) return std::unexpected(refusal::size);
  h.what.size = static_cast<std::uint32_t>(p.stamp);
  if (p.sequence == 0 ||
      p.sequence > static_cast<std::uint64_t>(fairlead::duration(longest_session).count())) {
    return std::unexpected(refusal::lasts);
  }
  h.what.lasts = fairlead::duration(static_cast<fairlead::duration::rep>(p.sequence));
  h.rate = p.value;
  return h;
}

}  // namespace tool::bench_parts
