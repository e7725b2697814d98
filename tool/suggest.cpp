// SPDX-License-Identifier: MIT
#include "suggest.hpp"

#include <algorithm>
#include <vector>

namespace tool {

namespace {

// Letters inserted, left out or changed, and neighbours swapped (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
  if (word.empty() || word.size() > 40) return {};  // long words are no misspellings
  std::string_view best;
  std::size_t least = 3;
  for (const std::string_view candidate : known) {
    if (word.size() >= 2 && candidate.starts_with(word)) return candidate;
    const std::size_t tolerated = candidate.size() <= 4 ? 1 : 2;
    const std::size_t d = distance(word, candidate);
    if (d <= tolerated && d < least) best = candidate, least = d;
  }
  return best;
}

}  // namespace tool
