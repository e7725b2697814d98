// SPDX-License-Identifier: MIT
// fairlead connect ADDR: standard input and output, joined to a connection.
#include <fairlead/loop.hpp>

#include "command/command.hpp"
#include "wire/interrupts.hpp"
#include "wire/join.hpp"
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
  connect_report report;
  result<void> ended;
};

task<result<std::unique_ptr<link>>> connect_in_time(attempt& a, const std::stop_token& finishing) {
  a.how.report = &a.report;
  co_return co_await open_link(a.to, a.how)
      .within(a.asked.timeout.value_or(duration::max()))
      .stop_on(finishing);
}

task<result<void>> converse(attempt& a, const std::stop_token& finishing) {
  auto io = standard_streams();
  if (!io) co_return std::unexpected(io.error());
  a.out.step("connecting to " + a.to.to_string());
  auto made = co_await connect_in_time(a, finishing);
  if (!made) co_return std::unexpected(made.error());
  link& peer = **made;
  a.out.step("connected to " + peer.peer + (peer.local.empty() ? "" : " from " + peer.local));
  if (a.report.tls) a.out.step(description(*a.report.tls));
  join_terms terms;
  terms.shutdown = !a.asked.no_shutdown;
  terms.idle = a.asked.idle;
  if (!peer.has_end()) terms.after_input = a.asked.idle.value_or(1s);
  terms.finishing = finishing;
  co_return co_await join(peer, *io, std::move(terms), a.out);
}

task<> conclude(attempt& a, const interrupts& signals, scope& all) {
  a.ended = co_await converse(a, signals.finishing());
  all.request_stop();  // nobody needs to watch any more
}

task<int> connect_until_interrupted(attempt& a) {
  interrupts signals(a.out);
  scope all;
  all.spawn(signals.watch(all));
  all.spawn(conclude(a, signals, all));
  (void)co_await all.join();
  if (signals.number() != 0) co_return after_signal(signals.number());
  co_return a.out.verdict(a.ended);
}

}  // namespace

int connect(const settings& asked, console& out) {
  const auto to = parse_address(asked.arguments.front());
  if (!to) return static_cast<int>(out.fail(to.error()));
  auto how = connecting_terms(asked, *to, out);
  if (!how) return out.misused(how.error());
  auto l = loop::create();
  if (!l) return static_cast<int>(out.fail(l.error()));
  attempt a{asked, out, *to, std::move(*how), {}, {}};
  return l->run(connect_until_interrupted(a));
}

}  // namespace tool
