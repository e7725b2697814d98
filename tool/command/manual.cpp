// SPDX-License-Identifier: MIT
// fairlead manual and fairlead completion: for those who install the tool, and for `man -l -` without
// installing.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "command/command.hpp"
#include "manual/manual.hpp"
#include "standard_io.hpp"
#include "suggest.hpp"

namespace tool {

namespace {

// Reproducible builds say which day it is: https://reproducible-builds.org/specs/source-date-epoch/
day_number today() {
  if (const char* const given = std::getenv("SOURCE_DATE_EPOCH")) {
    long long seconds = 0;
    const char* const last = given + std::strlen(given);
    const auto [end, failed] = std::from_chars(given, last, seconds);
    if (failed == std::errc() && end == last && seconds >= 0 && seconds < 253'402'300'800)  // the year 10000
      return static_cast<day_number>(seconds / 86'400);
  }
  const auto now = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  return static_cast<day_number>(now.time_since_epoch().count());
}

int print(const std::string& text) {
  show(text);
  return 0;
}

int wrong(const console& out, const std::string& sentence) {
  out.fail(sentence);
  return static_cast<int>(exit_status::usage);
}

// A page is asked for by the name of its command, or by its own.
std::string unknown_page(const std::string& name) {
  const bool by_its_own = name.starts_with("fairlead-");
  std::vector<std::string> names = {"fairlead"};
  for (const command& c : commands()) names.push_back(by_its_own ? page_name(c) : std::string(c.name));
  const std::vector<std::string_view> known(names.begin(), names.end());
  const std::string_view near = nearest(name, known);
  return name + ": there is no such page; " +
         (near.empty() ? "fairlead manual --list names them" : "did you mean " + std::string(near) + '?');
}

}  // namespace

int manual(const settings& asked, console& out) {
  if (asked.list) {
    if (!asked.arguments.empty()) return wrong(out, asked.arguments.front() + ": --list takes no PAGE");
    std::string names = "fairlead\n";
    for (const command& c : commands()) names += page_name(c) + '\n';
    return print(names);
  }
  if (asked.arguments.empty() || asked.arguments.front() == "fairlead") return print(manual_page(today()));
  const std::string& name = asked.arguments.front();
  for (const command& c : commands()) {
    if (name == c.name || name == page_name(c)) return print(manual_page(c, today()));
  }
  return wrong(out, unknown_page(name));
}

int completion(const settings& asked, console& out) {
  const std::string& shell = asked.arguments.front();
  if (shell == "bash") return print(bash_completion());
  if (shell == "zsh") return print(zsh_completion());
  if (shell == "fish") return print(fish_completion());
  const std::string_view near = nearest(shell, shells());
  if (!near.empty()) return wrong(out, shell + ": no such shell; did you mean " + std::string(near) + '?');
  return wrong(out, shell + ": completions are made for bash, zsh and fish");
}

}  // namespace tool
