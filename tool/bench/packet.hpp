// SPDX-License-Identifier: MIT
// What every datagram of a measurement begins with: docs/design/bench.md. A machine over bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <fairlead/clock.hpp>

#include "bench/protocol.hpp"

namespace tool::bench_parts {

enum class packet_kind : std::uint8_t {
  hello = 1,    ///< to the server: a session, please
  welcome = 2,  ///< from it: here is its number; or why not
  data = 3,     ///< of bulk
  request = 4,
  answer = 5,  ///< the request, but for its kind
  alive = 6,   ///< to a server that sends in bulk: go on
  end = 7,     ///< to the server: over; the report, please
  report = 8,
};

struct packet {
  packet_kind kind = packet_kind::data;
  std::uint8_t detail = 0;     ///< hello: mode and directions; welcome: refusal
  std::uint64_t session = 0;   ///< of the server's choosing; in hello, of the client's
  std::uint64_t sequence = 0;  ///< counts from 0; hello: how long, in ns; welcome: the hello's session
  std::uint64_t stamp = 0;     ///< ns on the sender's clock; hello: the size
  std::uint64_t value = 0;     ///< hello: the rate; end: what was sent

  friend bool operator==(const packet&, const packet&) = default;
};

/// Of a packet that goes out now.
[[nodiscard]] inline std::uint64_t stamp_now() noexcept {
  return static_cast<std::uint64_t>(fairlead::clock::now().time_since_epoch().count());
}

constexpr std::size_t packet_size = 40;
constexpr std::size_t largest_datagram = 65507;  ///< over IPv4; and over the others, so that sizes compare

/// What a server has seen of a session.
struct datagram_report {
  std::uint64_t received = 0;   ///< datagrams
  std::uint64_t bytes = 0;      ///< in them, headers of this protocol included
  std::uint64_t reordered = 0;  ///< after one that was sent later
  std::uint64_t duplicates = 0;
  std::uint64_t too_late = 0;  ///< so late that nobody knows whether they are duplicates
  std::uint64_t dropped = 0;   ///< by the kernel, because the server's socket was full
  std::uint64_t sent = 0;      ///< datagrams
  friend bool operator==(const datagram_report&, const datagram_report&) = default;
};
constexpr std::size_t datagram_report_size = packet_size + 56;

/// Writes the header into the first bytes, which must have room.
void put_packet(std::span<std::byte> into, const packet& p);
/// Nothing if it is none.
[[nodiscard]] std::optional<packet> parse_packet(std::span<const std::byte> from);

[[nodiscard]] std::array<std::byte, datagram_report_size> to_bytes(const packet& head,
                                                                   const datagram_report& r);
/// What follows the header of a report.
[[nodiscard]] std::optional<datagram_report> parse_datagram_report(std::span<const std::byte> whole);

/// What a hello asks for.
struct datagram_hello {
  hello what;
  std::uint64_t rate = 0;  ///< datagrams a second that the server is to send; 0: as many as it can
};
[[nodiscard]] packet to_packet(const datagram_hello& h, std::uint64_t nonce);
[[nodiscard]] std::expected<datagram_hello, refusal> read_hello(const packet& p);

}  // namespace tool::bench_parts
