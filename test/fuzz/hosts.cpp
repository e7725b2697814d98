// SPDX-License-Identifier: MIT
// Any text as hosts(5), as resolv.conf(5), and as a name: what is taken from it is well formed and within
// bounds.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "address/parsing.hpp"
#include "dial/hosts.hpp"
#include "dial/name.hpp"
#include "dial/resolv_conf.hpp"
#include "dial/text.hpp"

namespace {

using namespace fairlead;
using namespace std::chrono_literals;

void require(bool held) {
  if (!held) __builtin_trap();
}

void check_hosts(std::string_view text) {
  const lookup::hosts_table table(text);
  while (!text.empty()) {
    std::string_view line = parsing::take_line(text);
    for (auto word = lookup::take_word(line); !word.empty(); word = lookup::take_word(line)) {
      const auto* const host = table.find(lookup::normal(word));
      if (host == nullptr) continue;
      require(!lookup::defect_of(word, lookup::name_use::host) && !host->addresses.empty());
      require(table.find(host->canonical) != nullptr);
      for (const ip_address& a : host->addresses) {
        const auto* const names = table.names_of(a);
        require(a.is_unspecified() ||
                (names != nullptr && std::ranges::find(*names, lookup::normal(word)) != names->end()));
      }
    }
  }
}

void check_conf(std::string_view text) {
  const lookup::resolv_conf c = lookup::parse_resolv_conf(text);
  require(c.servers.size() <= 16 && c.search.size() <= 32);
  require(c.ndots.value_or(0) <= 15 && c.tries.value_or(1) >= 1 && c.tries.value_or(1) <= 5);
  require(c.timeout.value_or(1s) >= 1s && c.timeout.value_or(1s) <= 30s);
  for (const std::string& domain : c.search) {
    require(!lookup::defect_of(domain, lookup::name_use::record) && domain == lookup::normal(domain));
  }
  const std::string_view name = text.substr(0, text.find('\n'));
  require(!lookup::printable(name).empty() || name.empty());
  for (const auto use : {lookup::name_use::host, lookup::name_use::record}) {
    if (lookup::defect_of(name, use)) continue;
    const auto all = lookup::candidates(name, c.search, c.ndots.value_or(1));
    require(!all.empty());
    for (const std::string& one : all) require(!one.empty() && one.size() <= 253);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_hosts(text);
  check_conf(text);
  return 0;
}
