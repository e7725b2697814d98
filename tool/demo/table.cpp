// SPDX-License-Identifier: MIT
#include "demo/table.hpp"

#include "figures.hpp"
#include "text.hpp"

namespace tool::demo_parts {

namespace {

constexpr std::size_t columns = 78;

std::string line(std::string_view transport, std::string_view waiting, std::string_view payload,
                 std::string_view trips, std::string_view rate, std::string_view p50, std::string_view p99) {
  return ' ' + pad(transport, 15) + pad(waiting, 13) + pad(payload, 12) + pad_left(trips, 7) +
         pad_left(rate, 11) + pad_left(p50, 8) + pad_left(p99, 8);
}

}  // namespace

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
