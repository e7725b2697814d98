// SPDX-License-Identifier: MIT
// What iperf3 3.12 says on its control connection and in its datagrams, as machines over bytes:
// docs/design/bench.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tool::bench_parts::iperf3 {

/// One byte on the control connection.
enum class state : std::int8_t {
  server_error = -2,   ///< two numbers follow: why
  access_denied = -1,  ///< the server is busy
  test_start = 1,
  test_running = 2,
  test_end = 4,
  param_exchange = 9,
  create_streams = 10,
  server_terminate = 11,
  client_terminate = 12,
  exchange_results = 13,
  display_results = 14,
  done = 16,
};
/// "TEST_RUNNING", or the number of one that does not exist.
[[nodiscard]] std::string name_of(state s);

/// Which test a connection belongs to: what both control and data connections begin with.
constexpr std::size_t cookie_size = 37;
using cookie = std::array<char, cookie_size>;
/// 36 random letters and digits, and a zero.
[[nodiscard]] cookie make_cookie();

constexpr std::uint64_t most_streams = 128;  ///< in one direction
constexpr std::uint32_t largest_block = 1U << 20U;
constexpr std::uint64_t longest_test = 86'400;  ///< seconds

/// What the lengths that a peer announces may be.
constexpr std::size_t longest_parameters = std::size_t{16} << 10U;
constexpr std::size_t longest_results = std::size_t{1} << 20U;

/// Why a server refuses: a number that iperf3 has words for, and ours.
struct refusal {
  std::int32_t code = 0;
  std::string why;
};
/// What iperf3 says to such a number, as far as servers say it: "the server is busy running a test".
[[nodiscard]] std::string explain(std::int32_t code);

/// What the client asks for.
struct parameters {
  bool datagrams = false;
  std::uint64_t streams = 1;
  bool reverse = false;  ///< the server sends
  bool both = false;     ///< each sends on so many streams
  std::uint32_t size = 0;
  std::uint64_t bits_per_second = 0;  ///< of each stream; 0: no limit
  std::uint64_t seconds = 0;          ///< 0: until the client ends it
  std::uint64_t bytes = 0;            ///< after which each side stops sending, of all streams; 0: no limit
  std::uint64_t omit = 0;             ///< seconds before, which do not count
  std::uint64_t window = 0;           ///< of the sockets' buffers; 0: the system's
  bool no_delay = false;
  bool wide_counters = false;  ///< numbers of datagrams have 64 bits

  [[nodiscard]] std::uint64_t all_streams() const noexcept { return both ? 2 * streams : streams; }
  friend bool operator==(const parameters&, const parameters&) = default;
};
[[nodiscard]] std::string to_text(const parameters& p);
[[nodiscard]] std::expected<parameters, refusal> parse_parameters(std::string_view text);

/// What one side counted on one stream.
struct stream_result {
  std::int64_t id = 0;
  std::uint64_t bytes = 0;
  std::int64_t retransmits = -1;  ///< -1: unknown
  double jitter = 0;              ///< seconds
  std::int64_t errors = 0;        ///< datagrams lost
  std::int64_t packets = 0;       ///< sent; or of those that were sent, as many as the receiver knows of
  double end_time = 0;            ///< seconds; it began at 0

  friend bool operator==(const stream_result&, const stream_result&) = default;
};
struct results {
  double cpu = 0;            ///< percent of one core
  bool sends = false;        ///< the side whose results these are
  bool retransmits = false;  ///< it sends, and knows how often the kernel had to repeat
  std::vector<stream_result> streams;

  friend bool operator==(const results&, const results&) = default;
};
[[nodiscard]] std::string to_text(const results& r);
/// Nothing if the text is no such thing.
[[nodiscard]] std::optional<results> parse_results(std::string_view text);

/// Streams are numbered 1, 3, 4, 5, …: whoever misses one ends with an error, so we number like that.
[[nodiscard]] constexpr std::int64_t id_of_stream(std::uint64_t index) noexcept {
  return static_cast<std::int64_t>(index == 0 ? 1 : index + 2);
}

/// A stream of datagrams begins with one from the client and an answer, both of these four bytes.
constexpr std::size_t greeting_size = 4;
[[nodiscard]] std::array<std::byte, greeting_size> datagram_greeting();
[[nodiscard]] std::array<std::byte, greeting_size> datagram_answer();
/// Of this version or an older one, in either byte order.
[[nodiscard]] bool is_greeting(std::span<const std::byte> bytes);
[[nodiscard]] bool is_answer(std::span<const std::byte> bytes);

/// What every datagram of the test begins with.
struct mark {
  std::uint64_t microseconds = 0;  ///< on the sender's clock
  std::uint64_t number = 0;        ///< from 1

  friend bool operator==(const mark&, const mark&) = default;
};
constexpr std::size_t largest_mark = 16;
void put_mark(std::span<std::byte> into, const mark& m, bool wide);
/// A number of 32 bits is taken for the one nearest to `near` that ends in them.
[[nodiscard]] std::optional<mark> parse_mark(std::span<const std::byte> from, bool wide, std::uint64_t near);

}  // namespace tool::bench_parts::iperf3
