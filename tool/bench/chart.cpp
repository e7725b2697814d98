// SPDX-License-Identifier: MIT
#include "bench/chart.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "text.hpp"

namespace tool::bench_parts {

namespace {

struct step {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::uint64_t count = 0;
};

// "200 ns", "5 µs": the edges are round.
std::string edge(std::uint64_t ns) {
  constexpr std::array<const char*, 3> units = {" ns", " µs", " ms"};
  std::size_t unit = 0;
  while (unit < units.size() && ns >= 1000) ns /= 1000, ++unit;
  return std::to_string(ns) + (unit < units.size() ? units[unit] : " s");
}

// The steps from the least value to the largest.
std::vector<step> steps_of(const histogram& h) {
  std::vector<step> found;
  std::uint64_t from = 0;
  std::uint64_t decade = 1;
  for (;;) {
    for (const std::uint64_t factor : {1U, 2U, 5U}) {
      const std::uint64_t to = decade * factor;
      if (to > h.least()) {
        const bool last = to > h.most();
        found.push_back({from, to, h.between(from, to)});
        if (last) return found;
      }
      from = to;
    }
    if (decade > UINT64_MAX / 100) {  // 292 years and more share a line
      found.push_back({from, UINT64_MAX, h.between(from, UINT64_MAX)});
      return found;
    }
    decade *= 10;
  }
}

// In eighths of a column, and never nothing for something.
std::string bar(double share, std::size_t columns) {
  constexpr std::array<const char*, 8> part = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<std::size_t>(share * static_cast<double>(columns * 8) + 0.5);
  const std::size_t shown = std::max<std::size_t>(eighths, 1);
  std::string made;
  for (std::size_t i = 0; i < shown / 8; ++i) made += "█";
  return made + part[shown % 8];
}

std::string percent(std::uint64_t count, std::uint64_t total) {
  const double share = 100.0 * static_cast<double>(count) / static_cast<double>(total);
  if (count > 0 && share < 0.01) return "<0.01 %";
  char text[32];
  std::snprintf(text, sizeof text, "%.2f %%", share);
  return text;
}

}  // namespace

std::string chart(const histogram& h) {
  if (h.count() == 0) return {};
  const std::vector<step> steps = steps_of(h);
  const std::uint64_t most = std::ranges::max_element(steps, {}, &step::count)->count;
  std::string made;
  for (const step& s : steps) {
    std::string line = "  " + pad_left(edge(s.from), 6) + " – " + pad_left(edge(s.to), 6) + "  " +
                       pad_left(percent(s.count, h.count()), 8);
    if (s.count > 0) line += "  " + bar(static_cast<double>(s.count) / static_cast<double>(most), 48);
    made += line + '\n';
  }
  return made;
}

}  // namespace tool::bench_parts
