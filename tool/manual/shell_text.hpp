// SPDX-License-Identifier: MIT
// Small things that the three completions share.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "option.hpp"

namespace tool {

/// The words with something between them.
template <class Words>
[[nodiscard]] std::string joined(const Words& words, std::string_view between) {
  std::string made;
  for (const auto& word : words) {
    if (!made.empty()) made += between;
    made += word;
  }
  return made;
}

/// In single quotes, for bash and zsh.
[[nodiscard]] inline std::string in_quotes(std::string_view text) {
  std::string made = "'";
  for (const char c : text) {
    if (c == '\'') {
      made += "'\\''";
    } else {
      made += c;
    }
  }
  return made + '\'';
}

/// Whether it may be given more than once.
[[nodiscard]] inline bool is_repeatable(const flag& f) {
  return std::holds_alternative<std::vector<std::string> settings::*>(f.into);
}

/// "-t --timeout", or with something else between.
[[nodiscard]] inline std::string spellings(const flag& f, std::string_view between) {
  std::string made;
  if (f.letter != 0) (made += '-') += f.letter;
  if (f.letter != 0) made += between;
  return made + "--" + std::string(f.name);
}

/// Nothing follows a beginning at once: no space is put after it.
[[nodiscard]] inline bool is_beginning(std::string_view word) {
  return word.ends_with(':') || word.ends_with('/');
}

}  // namespace tool
