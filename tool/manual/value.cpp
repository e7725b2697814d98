// SPDX-License-Identifier: MIT
#include "manual/value.hpp"

#include <algorithm>

#include "manual/manual.hpp"
#include "text.hpp"

namespace tool {

namespace {

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(at), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

value value_called(std::string_view word) {
  using enum value_kind;
  if (word == "FILE") return {file, {}};
  if (word == "DIR") return {directory, {}};
  if (word == "ADDR") return {address, {}};
  if (word == "FROM" || word == "TO") return {place, {}};
  if (word == "NAME" || word == "HOST") return {host, {}};
  if (word == "COMMAND") return {program, {}};
  if (word == "PROXY") return {choice, {"socks5://", "socks4a://", "http://"}};
  if (word == "SHELL") {
    const auto all = shells();
    return {choice, {all.begin(), all.end()}};
  }
  if (word == "PAGE") {
    value pages{choice, {}};
    for (const command& c : commands()) pages.choices.push_back(c.name);
    return pages;
  }
  if (word.contains('|')) return {choice, split(word, '|')};
  // "sha256:HASH" begins with what can be typed as it stands.
  if (const std::size_t colon = word.find(':'); colon != std::string_view::npos && word.front() >= 'a')
    return {choice, {word.substr(0, colon + 1)}};
  return {};
}

}  // namespace

value value_of(const flag& f) {
  if (std::holds_alternative<std::optional<fairlead::polling> settings::*>(f.into)) {
    value made{value_kind::choice, {}};
    for (const auto& [name, meaning] : polling_words) made.choices.push_back(name);
    return made;
  }
  return value_called(f.argument);
}

std::vector<argument_word> arguments_of(const command& c) {
  std::vector<argument_word> made;
  for (std::string_view word : split(c.argument, ' ')) {
    argument_word a;
    while (word.starts_with('[')) word.remove_prefix(1);
    for (;;) {
      if (word.ends_with(']')) {
        word.remove_suffix(1);
      } else if (word.ends_with("…")) {
        word.remove_suffix(std::string_view("…").size());
        a.repeated = true;
      } else {
        break;
      }
    }
    if (word.empty()) {  // dots by themselves repeat what was before
      if (!made.empty()) made.back().repeated = true;
      continue;
    }
    a.name = word;
    a.is = value_called(word);
    made.push_back(a);
  }
  return made;
}

std::vector<value> possible_at(const command& c, std::size_t before) {
  const std::vector<argument_word> words = arguments_of(c);
  const auto first = std::ranges::find(words, true, &argument_word::repeated);
  const auto repeated_from = static_cast<std::size_t>(first - words.begin());
  std::vector<value> made;
  if (before < repeated_from) {
    if (before < words.size()) made.push_back(words[before].is);
    return made;
  }
  for (auto word = first; word != words.end(); ++word) {
    if (std::ranges::none_of(made, [&](const value& v) { return v.kind == word->is.kind; }))
      made.push_back(word->is);
  }
  return made;
}

std::size_t distinct_positions(const command& c) {
  const std::vector<argument_word> words = arguments_of(c);
  return static_cast<std::size_t>(std::ranges::find(words, true, &argument_word::repeated) - words.begin());
}

bool takes_addresses(const command& c) {
  return std::ranges::any_of(arguments_of(c), [](const argument_word& w) {
    return w.is.kind == value_kind::address || w.is.kind == value_kind::place;
  });
}

bool takes_places(const command& c) {
  return std::ranges::any_of(arguments_of(c),
                             [](const argument_word& w) { return w.is.kind == value_kind::place; });
}

std::vector<address_form> forms_of(value_kind kind) {
  std::vector<address_form> made(socket_forms().begin(), socket_forms().end());
  if (kind == value_kind::place) made.insert(made.end(), other_forms().begin(), other_forms().end());
  return made;
}

std::vector<std::string_view> beginnings_of(value_kind kind) {
  std::vector<std::string_view> made;
  for (const address_form& form : forms_of(kind)) made.push_back(form.beginning);
  return made;
}

std::vector<std::string_view> words_before(std::string_view rest, value_kind kind) {
  std::vector<std::string_view> made;
  for (const address_form& form : forms_of(kind)) {
    if (form.rest == rest) made.push_back(form.beginning.substr(0, form.beginning.find(':')));
  }
  return made;
}

std::string brief(std::string_view help) {
  constexpr std::size_t most = 66;
  help = help.substr(0, help.find("; "));
  std::string made;
  for (const std::string_view word : split(help, ' ')) {
    if (width(made) + 1 + width(word) > most) return made + " …";
    made += (made.empty() ? "" : " ") + std::string(word);
  }
  return made;
}

}  // namespace tool
