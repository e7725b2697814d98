// SPDX-License-Identifier: MIT
// Durations and sizes as people write them.
#include "address/quantity.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace fairlead {

namespace parsing {

namespace {

constexpr std::string_view duration_form = "a duration is a number with a unit, as in 30s or 250ms";
constexpr std::string_view size_form = "a size is a number of bytes, as in 65536 or 64k";

// No more than this many digits, so that neither side of the point overflows below.
constexpr std::size_t most_digits = 18;

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array duration_units = {
    unit{"ns", 1},
    unit{"us", 1'000},
    unit{"ms", 1'000'000},
    unit{"s", 1'000'000'000},
    unit{"m", 60'000'000'000},
    unit{"min", 60'000'000'000},
    unit{"h", 3'600'000'000'000},
    unit{"d", 86'400'000'000'000},
};

constexpr std::array size_units = {
    unit{"", 1},
    unit{"b", 1},
    unit{"k", std::uint64_t{1} << 10U},
    unit{"kib", std::uint64_t{1} << 10U},
    unit{"m", std::uint64_t{1} << 20U},
    unit{"mib", std::uint64_t{1} << 20U},
    unit{"g", std::uint64_t{1} << 30U},
    unit{"gib", std::uint64_t{1} << 30U},
    unit{"t", std::uint64_t{1} << 40U},
    unit{"tib", std::uint64_t{1} << 40U},
};

__extension__ using wide = unsigned __int128;

std::size_t count_digits(std::string_view piece) {
  return static_cast<std::size_t>(std::ranges::find_if_not(piece, is_digit) - piece.begin());
}

wide to_number(std::string_view digits) {
  wide value = 0;
  for (const char c : digits) value = value * 10 + static_cast<unsigned>(c - '0');
  return value;
}

}  // namespace

parsed<std::chrono::nanoseconds> parse_duration(std::string_view piece) {
  const std::string form(duration_form);
  if (piece.empty()) return wrong(0, 0, form);
  if (piece.front() == '-') return wrong(0, 1, "a duration cannot be negative");
  const std::string_view whole = piece.substr(0, count_digits(piece));
  if (whole.empty()) return wrong(0, piece.size(), quoted(piece) + " is not a duration; " + form);
  std::size_t at = whole.size();
  std::string_view fraction;
  if (piece.substr(at).starts_with('.')) {
    fraction = piece.substr(at + 1, count_digits(piece.substr(at + 1)));
    if (fraction.empty()) return wrong(at, 1, "digits are missing after the point; " + form);
    at += 1 + fraction.size();
  }
  const std::string_view name = piece.substr(at);
  const bool zero = std::ranges::all_of(whole, [](char c) { return c == '0'; }) && fraction.empty();
  if (name.empty() && zero) return std::chrono::nanoseconds(0);
  if (name.empty())
    return wrong(at, 0,
                 "the unit is missing after " + quoted(piece) + "; write " +
                     std::string(whole.substr(0, most_digits)) + "s for seconds or " +
                     std::string(whole.substr(0, most_digits)) + "ms for milliseconds");
  const auto found = std::ranges::find(duration_units, name, &unit::name);
  if (found == duration_units.end()) {
    return wrong(at, name.size(),
                 quoted(name) + " is not a unit of time; there are ns, us, ms, s, m, h and d");
  }
  if (whole.size() > most_digits || fraction.size() > most_digits)
    return wrong(0, at, "too many digits in a duration");
  wide divisor = 1;
  for (std::size_t i = 0; i < fraction.size(); ++i) divisor *= 10;
  const wide part = to_number(fraction) * found->factor;
  if (part % divisor != 0) return wrong(0, piece.size(), "a duration cannot be finer than a nanosecond");
  const wide value = to_number(whole) * found->factor + part / divisor;
  if (value > static_cast<wide>(std::numeric_limits<std::int64_t>::max())) {
    return wrong(0, piece.size(), "the duration is too long; 292 years are the most");
  }
  return std::chrono::nanoseconds(static_cast<std::int64_t>(value));
}

parsed<std::uint64_t> parse_size(std::string_view piece) {
  const std::string form(size_form);
  if (piece.empty()) return wrong(0, 0, form);
  if (piece.front() == '-') return wrong(0, 1, "a size cannot be negative");
  const std::string_view whole = piece.substr(0, count_digits(piece));
  if (whole.empty()) return wrong(0, piece.size(), quoted(piece) + " is not a size; " + form);
  std::string name(piece.substr(whole.size()));
  std::ranges::transform(name, name.begin(), to_lower);
  const auto found = std::ranges::find(size_units, name, &unit::name);
  if (found == size_units.end()) {
    return wrong(whole.size(), name.size(),
                 quoted(piece.substr(whole.size())) +
                     " is not a unit of size; there are k, m, g and t, powers of 1024");
  }
  const wide limit = std::numeric_limits<std::uint64_t>::max();
  if (whole.size() > 20 || to_number(whole) * found->factor > limit) {
    return wrong(0, piece.size(), "the size is too large; it must be below 2 to the 64th");
  }
  return static_cast<std::uint64_t>(to_number(whole) * found->factor);
}

}  // namespace parsing

result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  return parsing::to_result(text, parsing::parse_duration(text));
}

result<std::uint64_t> parse_size(std::string_view text) {
  return parsing::to_result(text, parsing::parse_size(text));
}

}  // namespace fairlead
