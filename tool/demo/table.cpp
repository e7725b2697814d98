// SPDX-License-Identifier: MIT
#include "demo/table.hpp"

#include <array>
#include <cstdio>

#include "text.hpp"

namespace tool::demo_parts {

namespace {

constexpr std::size_t columns = 78;

// Three significant digits.
std::string three_digits(double value) {
  char text[32];
  std::snprintf(text, sizeof text, value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : "%.0f", value);
  return text;
}

std::string line(std::string_view transport, std::string_view waiting, std::string_view payload,
                 std::string_view trips, std::string_view rate, std::string_view p50, std::string_view p99) {
  return ' ' + pad(transport, 15) + pad(waiting, 13) + pad(payload, 12) + pad_left(trips, 7) +
         pad_left(rate, 11) + pad_left(p50, 8) + pad_left(p99, 8);
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

std::string table_head(const console& out) {
  return out.paint(stream::out, style::bold,
                   line("transport", "waiting", "payload", "trips", "rate", "p50", "p99"));
}

std::string table_rule(const console& out, std::string_view title) {
  std::string made = " ── " + std::string(title) + ' ';
  while (width(made) < columns) made += "─";
  return out.paint(stream::out, style::dim, made);
}

std::string table_row(const console& out, const row& r, bool first_of_transport) {
  const measured& m = r.figures;
  const std::string trips = count_text(m.trips);
  std::string rate;
  if (m.rate > 0) {
    rate = r.form == shape::stream ? amount_text(m.rate) + "/s"
                                   : count_text(static_cast<std::uint64_t>(m.rate)) + "/s";
  }
  return line(first_of_transport ? r.transport : "", r.waiting, "1 B–" + size_text(r.largest), trips,
              rate.empty() ? "–" : rate, m.p50 ? time_text(*m.p50) : "–", m.p99 ? time_text(*m.p99) : "–") +
         "  " + (r.held ? out.paint(stream::out, style::good, "✓") : out.paint(stream::out, style::bad, "✗"));
}

}  // namespace tool::demo_parts
