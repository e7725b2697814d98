// SPDX-License-Identifier: MIT
#include "dial/hosts.hpp"

#include <algorithm>

#include "address/parsing.hpp"
#include "dial/name.hpp"
#include "dial/text.hpp"

namespace fairlead::lookup {

namespace {

template <class T>
void add_once(std::vector<T>& all, T one) {
  if (std::ranges::find(all, one) == all.end()) all.push_back(std::move(one));
}

}  // namespace

hosts_table::hosts_table(std::string_view text) {
  while (!text.empty()) {
    std::string_view line = parsing::take_line(text);
    line = line.substr(0, line.find('#'));
    const std::string_view word = take_word(line);
    if (word.empty()) continue;
    if (const auto a = ip_address::parse(word)) add(*a, line);
  }
}

void hosts_table::add(const ip_address& a, std::string_view names) {
  std::string canonical;
  for (std::string_view word = take_word(names); !word.empty(); word = take_word(names)) {
    if (defect_of(word, name_use::host)) continue;
    std::string name = normal(word);
    if (canonical.empty()) canonical = name;
    host& h = hosts_[name];
    if (h.canonical.empty()) h.canonical = canonical;
    add_once(h.addresses, a);
    // 0.0.0.0 is where people send what they do not want to reach, by the hundred thousand: its names are no
    // answer.
    if (!a.is_unspecified()) add_once(names_[a], std::move(name));
  }
}

const hosts_table::host* hosts_table::find(const std::string& name) const {
  const auto at = hosts_.find(name);
  return at != hosts_.end() ? &at->second : nullptr;
}

const std::vector<std::string>* hosts_table::names_of(const ip_address& a) const {
  const auto at = names_.find(a);
  return at != names_.end() ? &at->second : nullptr;
}

}  // namespace fairlead::lookup
