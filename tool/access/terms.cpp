// SPDX-License-Identifier: MIT
#include "access/terms.hpp"

#include <algorithm>

#include "evidence/evidence.hpp"

namespace tool {

namespace {

using namespace fairlead;

using sentence = std::unexpected<std::string>;

// What can be known of those who come.
struct knowledge {
  bool addresses = false;
  bool users = false;
};

knowledge of_peers(std::span<const url> at) {
  knowledge k;
  for (const url& u : at) {
    const auto t = u.transport();
    k.addresses |= t == transport::tcp || t == transport::udp;
    k.users |= t == transport::unix_stream || t == transport::unix_seqpacket;
  }
  return k;
}

// Why a rule could never match: it would be taken for a protection that it is not.
std::string idle_because(const access_rule& r, knowledge k, std::span<const url> at, bool proxied) {
  if (r.is_network() ? k.addresses : k.users) return {};
  const std::string where =
      at.empty() ? std::string("what listens") : at.front().without_options().to_string();
  if (!k.addresses && !k.users)
    return where + " does not tell who sends; who may reach it is for the permissions of its directory";
  if (r.is_network()) return where + " has users and groups, not addresses";
  if (proxied) return "a PROXY header names no users; --proxy-from is for the proxy's own";
  return where + " does not tell users; only unix: and unix-seqpacket: do";
}

std::expected<std::vector<access_rule>, std::string> read(std::string_view flag,
                                                          const std::vector<std::string>& texts, knowledge k,
                                                          std::span<const url> at, bool proxied) {
  std::vector<access_rule> rules;
  for (const std::string& text : texts) {
    std::string said(flag);
    auto rule = parse_rule(text);
    if (!rule) return sentence(said.append(" ").append(rule.error()));
    if (const std::string why = idle_because(*rule, k, at, proxied); !why.empty())
      return sentence(said.append(" ").append(rule->text).append(": ").append(why));
    rules.push_back(std::move(*rule));
  }
  return rules;
}

}  // namespace

std::string_view first_given(const settings& asked) {
  if (!asked.allow.empty()) return "--allow";
  if (!asked.deny.empty()) return "--deny";
  if (!asked.proxy_from.empty()) return "--proxy-from";
  if (asked.max_per_address) return "--max-per-address";
  if (asked.client_rate) return "--rate";
  if (asked.total_rate) return "--rate-all";
  if (asked.listen_for) return "--for";
  return {};
}

std::expected<access_terms, std::string> access_terms_of(const settings& asked, std::span<const url> at) {
  if (at.empty()) {
    const std::string_view flag = first_given(asked);
    if (!flag.empty()) return sentence(std::string(flag) + ": nothing listens here");
    return access_terms();
  }
  const knowledge direct = of_peers(at);
  // A header names addresses, whatever has carried it.
  const knowledge named{direct.addresses || asked.proxy_protocol, direct.users && !asked.proxy_protocol};
  if (!asked.proxy_from.empty() && !asked.proxy_protocol)
    return sentence("--proxy-from: goes with --proxy-protocol only");
  if (asked.client_rate && asked.client_rate->count == 0) return sentence("--rate 0: must be at least 1");
  if (asked.total_rate && asked.total_rate->count == 0) return sentence("--rate-all 0: must be at least 1");
  if (asked.max_per_address && !named.addresses && !named.users) {
    return sentence("--max-per-address: " + at.front().without_options().to_string() +
                    " does not tell who sends");
  }

  access_terms made;
  auto allow = read("--allow", asked.allow, named, at, asked.proxy_protocol);
  if (!allow) return sentence(std::move(allow.error()));
  auto deny = read("--deny", asked.deny, named, at, asked.proxy_protocol);
  if (!deny) return sentence(std::move(deny.error()));
  auto proxies = read("--proxy-from", asked.proxy_from, direct, at, false);
  if (!proxies) return sentence(std::move(proxies.error()));
  made.list = {std::move(*allow), std::move(*deny)};
  made.proxies = std::move(*proxies);
  made.per_address = asked.max_per_address;
  if (asked.client_rate) made.rate = asked.client_rate->count;
  if (asked.total_rate) made.rate_all = asked.total_rate->count;
  if (evidence* const proof = asked.proof) {
    made.told = [proof](std::string_view whom, refusal why) {
      proof->refused(std::string(whom), std::string(key_of(why)));
    };
  }
  return made;
}

}  // namespace tool
