// SPDX-License-Identifier: MIT
#include "access/gate.hpp"

#include <span>

#include <fairlead/or_return.hpp>

#include "access/terms.hpp"

namespace tool {

using namespace fairlead;

std::expected<std::unique_ptr<gate>, int> gate_of(const settings& asked, url at, const console& out) {
  auto how = entrance_terms(asked, at, out);
  if (!how) return std::unexpected(out.misused(how.error()));
  auto who = access_terms_of(asked, std::span(&at, 1));
  if (!who) {
    out.fail(who.error());
    return std::unexpected(static_cast<int>(exit_status::usage));
  }
  return std::make_unique<gate>(std::move(at), std::move(*how), std::move(*who), out);
}

task<result<acceptors>> open_doors(gate& g, const console& out) {
  acceptors from = co_await or_return(open_acceptors(g.at, g.how));
  guard(from, g.door, g.how.proxied);
  for (const auto& a : from) out.announce("listening " + a->name);
  co_return from;
}

task<result<datagram_hosts>> open_hosts(gate& g, const console& out) {
  datagram_hosts from = co_await or_return(open_datagram_hosts(g.at));
  guard(from, g.door);
  for (const auto& h : from) out.announce("listening " + h->name);
  co_return from;
}

}  // namespace tool
