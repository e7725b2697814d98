// SPDX-License-Identifier: MIT
// Any bytes as what a client or a server of `fairlead bench` might be sent: what parses must be within its
// bounds and come back as the same bytes mean, and the pieces in which it comes must not matter.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "bench/arrivals.hpp"
#include "bench/packet.hpp"
#include "bench/protocol.hpp"

namespace {

using namespace tool::bench_parts;

void require(bool held) {
  if (!held) __builtin_trap();
}

void check_records(std::span<const std::byte> bytes) {
  if (bytes.size() < record_size) return;
  const auto first = bytes.first<record_size>();
  if (const auto h = parse_hello(first); h && *h) {
    require((*h)->size <= largest_message && (*h)->lasts <= longest_session);
    require((*h)->mode == mode::connect || ((*h)->size > 0 && (*h)->lasts.count() > 0));
    require(parse_hello(to_bytes(**h)).value().value() == **h);
  }
  if (const auto r = parse_report(first)) {
    (void)explain(*r);
    if (r->version == protocol_version) require(parse_report(to_bytes(*r)).value() == *r);
  }
}

void check_packets(std::span<const std::byte> bytes) {
  const auto p = parse_packet(bytes);
  if (!p) return;
  std::array<std::byte, packet_size> again;
  put_packet(again, *p);
  require(parse_packet(again) == *p);
  if (p->kind == packet_kind::hello) {
    if (const auto h = read_hello(*p)) {
      require(h->what.size >= packet_size && h->what.size <= largest_datagram);
      require(to_packet(*h, p->session) == *p);
    }
  }
  if (const auto r = parse_datagram_report(bytes); r && p->kind == packet_kind::report) {
    require(std::ranges::equal(to_bytes(*p, *r), bytes));
  }
}

void check_pieces(std::span<const std::byte> bytes, std::size_t piece) {
  tail whole;
  tail parts;
  answers one(5);
  answers many(5);
  whole.take(bytes);
  bool held = true;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    const auto some = bytes.subspan(at, std::min(piece, bytes.size() - at));
    parts.take(some);
    held = held && many.take(some);
  }
  require(whole.end() == parts.end() && whole.total() == parts.total());
  require(one.take(bytes) == held);
  if (held) require(one.whole() == many.whole() && one.within() == many.within());
}

void check_arrivals(std::span<const std::byte> bytes) {
  arrivals a;
  std::uint64_t number = 0;
  for (const std::byte b : bytes) {
    // Small steps both ways, and sometimes far.
    const auto n = std::to_integer<std::uint64_t>(b);
    number = n < 250 ? number + n - 100 : number * 3;
    a.take(number >> 1U);
  }
  require(a.distinct() + a.duplicates() == bytes.size());
  require(a.reordered() <= a.distinct() && a.too_late() <= a.reordered());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data), size);
  check_records(bytes);
  check_packets(bytes);
  if (size > 0) {
    check_pieces(bytes.subspan(1), 1 + data[0] % 64U);
    check_arrivals(bytes);
  }
  return 0;
}
