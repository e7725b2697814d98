// SPDX-License-Identifier: MIT
#include "dial/resolv_conf.hpp"

#include <algorithm>
#include <charconv>

#include "address/parsing.hpp"
#include "dial/name.hpp"
#include "dial/text.hpp"

namespace fairlead::lookup {

namespace {

constexpr std::size_t most_servers = 16;
constexpr std::size_t most_domains = 32;

std::optional<unsigned> number_after(std::string_view word, std::string_view key, unsigned least,
                                     unsigned most) {
  if (!word.starts_with(key)) return std::nullopt;
  word.remove_prefix(key.size());
  unsigned number = 0;
  const auto [end, e] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (e != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return std::clamp(number, least, most);
}

void read_option(resolv_conf& into, std::string_view word) {
  if (const auto n = number_after(word, "ndots:", 0, 15)) into.ndots = n;
  if (const auto n = number_after(word, "attempts:", 1, 5)) into.tries = n;
  if (const auto n = number_after(word, "timeout:", 1, 30)) into.timeout = std::chrono::seconds(*n);
  if (word == "rotate") into.rotate = true;
}

}  // namespace

resolv_conf parse_resolv_conf(std::string_view text) {
  resolv_conf read;
  while (!text.empty()) {
    std::string_view line = parsing::take_line(text);
    if (line.starts_with('#') || line.starts_with(';')) continue;
    const std::string_view key = take_word(line);
    if (key == "nameserver") {
      const auto a = ip_address::parse(take_word(line));
      if (a && read.servers.size() < most_servers) read.servers.emplace_back(*a, port(53));
    } else if (key == "search" || key == "domain") {
      read.search.clear();  // the last one counts
      for (auto word = take_word(line); !word.empty(); word = take_word(line)) {
        if (!defect_of(word, name_use::record) && read.search.size() < most_domains)
          read.search.push_back(normal(word));
      }
    } else if (key == "options") {
      for (auto word = take_word(line); !word.empty(); word = take_word(line)) read_option(read, word);
    }
  }
  return read;
}

}  // namespace fairlead::lookup
