// SPDX-License-Identifier: MIT
// fairlead connect ADDR: standard input and output, joined to a connection.
#include <fairlead/loop.hpp>

#include "command/command.hpp"
#include "evidence/dialling.hpp"
#include "evidence/evidence.hpp"
#include "wire/interrupts.hpp"
#include "wire/join.hpp"
#include "wire/local_link.hpp"
#include "wire/open_link.hpp"
#include "wire/security.hpp"

namespace tool {

namespace {

using namespace fairlead;
using namespace std::chrono_literals;

struct attempt {
  const settings& asked;
  const console& out;
  url to;
  client_options how;
};

task<result<void>> converse(attempt& a, std::stop_token finishing) {
  const auto io = make_standard_link(a.asked.raw);
  if (!io) co_return std::unexpected(io.error());
  auto dialling = dial(a.to, a.how, a.asked, a.out).stop_on(finishing);
  auto made = co_await std::move(dialling);
  if (!made) co_return std::unexpected(made.error());
  link& peer = **made;
  join_terms terms;
  terms.shutdown = !a.asked.no_shutdown;
  terms.idle = a.asked.idle;
  if (!peer.has_end()) terms.after_input = a.asked.idle.value_or(1s);
  terms.finishing = std::move(finishing);
  terms.with_people = true;
  terms.keys = a.asked.raw && is_terminal(stream::in);
  if (a.asked.proof != nullptr) {
    if (const auto watched = a.asked.proof->watcher(direction::there)) terms.watched = watched(**io, peer);
  }
  co_return co_await join(**io, peer, std::move(terms), a.out);
}

}  // namespace

int connect(const settings& asked, console& out) {
  const auto to = parse_address(asked.arguments.front());
  if (!to) return out.misused(to.error());
  auto how = connecting_terms(asked, *to, out);
  if (!how) return out.misused(how.error());
  auto l = loop::create();
  if (!l) return static_cast<int>(out.fail(l.error()));
  attempt a{asked, out, *to, std::move(*how)};
  const auto work = [&a](const interrupts& signals) { return converse(a, signals.finishing()); };
  return l->run(until_interrupted(work, out)).status(out);
}

}  // namespace tool
