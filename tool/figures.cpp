// SPDX-License-Identifier: MIT
#include "figures.hpp"

#include <array>
#include <cstdio>

namespace tool {

namespace {

// Three significant digits.
std::string three_digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value);
  return text;
}

}  // namespace

std::string size_text(std::size_t bytes) {
  if (bytes >= 1U << 20U && bytes % (1U << 20U) == 0) return std::to_string(bytes >> 20U) + " MiB";
  if (bytes >= 1U << 10U && bytes % (1U << 10U) == 0) return std::to_string(bytes >> 10U) + " KiB";
  return std::to_string(bytes) + " B";
}

std::string amount_text(double bytes) {
  constexpr std::array<const char*, 5> units = {" B", " kB", " MB", " GB", " TB"};
  std::size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < units.size()) bytes /= 1000, ++unit;
  return (unit == 0 ? std::to_string(static_cast<int>(bytes)) : three_digits(bytes)) + units[unit];
}

std::string time_text(fairlead::duration d) {
  const double us = std::chrono::duration<double, std::micro>(d).count();
  if (us < 999.5) return three_digits(us) + " µs";
  if (us < 999'500) return three_digits(us / 1e3) + " ms";
  return three_digits(us / 1e6) + " s";
}

std::string count_text(std::uint64_t n) {
  const std::string digits = std::to_string(n);
  std::string made;
  for (std::size_t at = 0; at < digits.size(); ++at) {
    if (at > 0 && (digits.size() - at) % 3 == 0) made += ',';
    made += digits[at];
  }
  return made;
}

}  // namespace tool
