// SPDX-License-Identifier: MIT
// What a misspelt word was meant to be.
#include <algorithm>
#include <vector>

#include "address/parsing.hpp"
#include "address/scheme.hpp"

namespace fairlead::parsing {

namespace {

// The number of letters inserted, left out, changed, or swapped with a neighbour (optimal string
// alignment), whatever their case.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto letter = [](std::string_view s, std::size_t at) { return to_lower(s[at - 1]); };
      const std::size_t change = letter(a, i) == letter(b, j) ? 0 : 1;
      current[j] = std::min({last[j] + 1, current[j - 1] + 1, last[j - 1] + change});
      if (i > 1 && j > 1 && letter(a, i) == letter(b, j - 1) && letter(a, i - 1) == letter(b, j)) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, current);
  }
  return last[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
  // Long words are no misspellings, and comparing them would cost a hostile text's length each.
  if (word.size() > 40) return {};
  std::string_view best;
  std::size_t best_distance = 3;
  for (const std::string_view candidate : known) {
    // In a word of three letters one mistake is already much; a change in every letter is another word.
    const std::size_t tolerated = candidate.size() <= 4 ? 1 : 2;
    const std::size_t d = distance(word, candidate);
    if (d <= tolerated && d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

}  // namespace fairlead::parsing
