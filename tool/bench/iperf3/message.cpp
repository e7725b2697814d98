// SPDX-License-Identifier: MIT
#include "bench/iperf3/message.hpp"

#include <algorithm>
#include <random>

#include "bench/bytes.hpp"

namespace tool::bench_parts::iperf3 {

std::string name_of(state s) {
  switch (s) {
    case state::server_error: return "SERVER_ERROR";
    case state::access_denied: return "ACCESS_DENIED";
    case state::test_start: return "TEST_START";
    case state::test_running: return "TEST_RUNNING";
    case state::test_end: return "TEST_END";
    case state::param_exchange: return "PARAM_EXCHANGE";
    case state::create_streams: return "CREATE_STREAMS";
    case state::server_terminate: return "SERVER_TERMINATE";
    case state::client_terminate: return "CLIENT_TERMINATE";
    case state::exchange_results: return "EXCHANGE_RESULTS";
    case state::display_results: return "DISPLAY_RESULTS";
    case state::done: return "IPERF_DONE";
  }
  return std::to_string(static_cast<int>(s));
}

cookie make_cookie() {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz234567";
  std::random_device dice;
  cookie made{};
  for (std::size_t i = 0; i + 1 < made.size(); ++i) made[i] = letters[dice() % letters.size()];
  return made;
}

std::string explain(std::int32_t code) {
  switch (code) {
    case 5: return "the test would last too long";
    case 6: return "so many streams are too many";
    case 7: return "--size is too large";
    case 13: return "it cannot do what was asked for";
    case 27: return "so much would exceed its limit";
    case 114: return "it does not understand what was asked for";
    case 120: return "it was ended";
    case 121: return "it is busy with another test; try again later";
    case 142: return "it serves only who has a password, which fairlead cannot give";
    case 144: return "it received nothing for too long";
    default: return "it failed with iperf3's error " + std::to_string(code);
  }
}

namespace {

constexpr std::uint32_t hello = 0x36373839;
constexpr std::uint32_t answer = 0x39383736;
constexpr std::uint32_t old_hello = 123456789;  // up to iperf3 3.10
constexpr std::uint32_t old_answer = 987654321;

// The real one writes in the byte order of its machine, which nearly always begins with the last byte.
std::array<std::byte, greeting_size> turned(std::uint32_t word) {
  std::array<std::byte, greeting_size> made;
  put(made, 0, word);
  std::ranges::reverse(made);
  return made;
}

bool is(std::span<const std::byte> bytes, std::uint32_t word) {
  if (bytes.size() != greeting_size) return false;
  return get<std::uint32_t>(bytes, 0) == word || std::ranges::equal(bytes, turned(word));
}

}  // namespace

std::array<std::byte, greeting_size> datagram_greeting() { return turned(hello); }
std::array<std::byte, greeting_size> datagram_answer() { return turned(answer); }
bool is_greeting(std::span<const std::byte> bytes) { return is(bytes, hello) || is(bytes, old_hello); }
bool is_answer(std::span<const std::byte> bytes) { return is(bytes, answer) || is(bytes, old_answer); }

void put_mark(std::span<std::byte> into, const mark& m, bool wide) {
  constexpr std::uint64_t million = 1'000'000;
  put(into, 0, static_cast<std::uint32_t>(m.microseconds / million));
  put(into, 4, static_cast<std::uint32_t>(m.microseconds % million));
  if (wide) {
    put(into, 8, m.number);
  } else {
    put(into, 8, static_cast<std::uint32_t>(m.number));
  }
}

std::optional<mark> parse_mark(std::span<const std::byte> from, bool wide, std::uint64_t near) {
  if (from.size() < (wide ? largest_mark : largest_mark - 4)) return std::nullopt;
  mark m;
  m.microseconds = std::uint64_t{get<std::uint32_t>(from, 0)} * 1'000'000 + get<std::uint32_t>(from, 4);
  if (wide) {
    m.number = get<std::uint64_t>(from, 8);
  } else {
    const auto step =
        static_cast<std::int32_t>(get<std::uint32_t>(from, 8) - static_cast<std::uint32_t>(near));
    if (step < 0 && near < static_cast<std::uint64_t>(-static_cast<std::int64_t>(step))) {
      m.number = get<std::uint32_t>(from, 8);
    } else {
      m.number = near + static_cast<std::uint64_t>(static_cast<std::int64_t>(step));
    }
  }
  if (m.number == 0) return std::nullopt;
  return m;
}

}  // namespace tool::bench_parts::iperf3
