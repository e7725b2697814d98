// SPDX-License-Identifier: MIT
// fairlead listen ADDR: one client on standard input and output, or many with --echo and --exec.
#include <fairlead/loop.hpp>
#include <fairlead/or_return.hpp>

#include "command/command.hpp"
#include "wire/interrupts.hpp"
#include "wire/join.hpp"
#include "wire/open_link.hpp"
#include "wire/server.hpp"

namespace tool {

namespace {

using namespace fairlead;
using namespace std::chrono_literals;

// How long a peer of datagrams may be silent before its command is told that it has gone.
constexpr auto session_silence = 60s;

struct listening {
  const settings& asked;
  const console& out;
  url at;
  entrance how;
  result<void> ended;

  [[nodiscard]] bool datagrams() const {
    return at.transport() == transport::udp || at.transport() == transport::unix_datagram;
  }
  template <class Sources>
  void announce(const Sources& from) const {
    for (const auto& a : from) out.announce("listening " + a->name);
  }
};

// The first client of several listeners.
struct found {
  scope all{};
  result<std::unique_ptr<link>> client = failure(errc::operation_canceled, verb::accept);
  bool decided = false;

  void decide(result<std::unique_ptr<link>> c) {
    if (decided) return;
    decided = true;
    client = std::move(c);
    all.request_stop();
  }
};

// Whoever does not come in is no client: the next one may be.
task<> let_in(std::unique_ptr<link> c, const listening& l, found& f) {
  const result<void> entered = co_await c->enter();
  if (entered) co_return f.decide(std::move(c));
  if (!f.decided) l.out.fail(entered.error());
}

task<> accept_first(acceptor& a, const listening& l, found& f) {
  for (;;) {
    auto c = co_await a.accept();
    if (!c || l.how.open()) co_return f.decide(std::move(c));
    f.all.spawn(let_in(std::move(*c), l, f));
  }
}

task<> hear_first(datagram_host& h, found& f) {
  std::vector<std::byte> content(room_of(h.carrier()));
  const result<datagram> d = co_await h.recv_from(content);
  if (!d) co_return f.decide(std::unexpected(d.error()));
  content.resize(d->size);
  f.decide(make_party_link(h, std::move(content), d->from));
}

task<result<std::unique_ptr<link>>> first_of(const acceptors& from, const listening& l) {
  found f;
  for (const auto& a : from) f.all.spawn(accept_first(*a, l, f));
  (void)co_await f.all.join();
  co_return std::move(f.client);
}

task<result<std::unique_ptr<link>>> first_of(const datagram_hosts& from) {
  found f;
  for (const auto& h : from) f.all.spawn(hear_first(*h, f));
  (void)co_await f.all.join();
  co_return std::move(f.client);
}

task<result<void>> join_client(const listening& l, link& client, descriptor_stream& io,
                               std::stop_token finishing) {
  l.out.step("joined with " + client.peer);
  join_terms terms;
  terms.shutdown = !l.asked.no_shutdown;
  terms.idle = l.asked.idle;
  terms.finishing = std::move(finishing);
  co_return co_await join(client, io, std::move(terms), l.out);
}

task<result<void>> serve_one(const listening& l, std::stop_token finishing) {
  auto io = co_await or_return(standard_streams());
  if (l.datagrams()) {
    const datagram_hosts from = co_await or_return(open_datagram_hosts(l.at));
    l.announce(from);
    const auto client = co_await or_return(first_of(from).stop_on(finishing));
    co_return co_await join_client(l, *client, io, finishing);
  }
  const acceptors from = co_await or_return(open_acceptors(l.at, l.how));
  l.announce(from);
  const auto client = co_await or_return(first_of(from, l).stop_on(finishing));
  for (const auto& a : from) a->close();  // nobody else will be served: let them know
  co_return co_await join_client(l, *client, io, finishing);
}

task<> echo_at(datagram_host& h, const listening& l, const service_terms& terms, found& f) {
  const result<void> r = co_await echo_datagrams(h, terms, l.asked.once, l.out);
  if (!r) co_return f.decide(std::unexpected(r.error()));
  f.decide(std::unique_ptr<link>());
}

task<result<void>> echo_to_all(const listening& l, service_terms terms) {
  const datagram_hosts from = co_await or_return(open_datagram_hosts(l.at));
  l.announce(from);
  found f;
  for (const auto& h : from) f.all.spawn(echo_at(*h, l, terms, f));
  (void)co_await f.all.join();
  if (!f.client) co_return std::unexpected(f.client.error());
  co_return {};
}

task<result<void>> serve_many(const listening& l, std::stop_token finishing) {
  server_terms terms;
  terms.service.command = l.asked.exec;
  terms.service.idle = l.asked.idle;
  if (l.datagrams() && l.asked.echo) co_return co_await echo_to_all(l, terms.service).stop_on(finishing);
  if (l.datagrams() && !terms.service.idle) terms.service.idle = session_silence;
  terms.most = l.asked.max_clients;
  terms.once = l.asked.once;
  terms.finishing = std::move(finishing);
  acceptors from = co_await or_return(open_acceptors(l.at, l.how));
  l.announce(from);
  server s(std::move(from), std::move(terms), l.out);
  co_return co_await s.run();
}

task<> conclude(listening& l, const interrupts& signals, scope& all) {
  if (l.asked.echo || l.asked.exec) {
    l.ended = co_await serve_many(l, signals.finishing());
  } else {
    l.ended = co_await serve_one(l, signals.finishing());
  }
  all.request_stop();  // nobody needs to watch any more
}

task<int> listen_until_interrupted(listening& l) {
  interrupts signals(l.out);
  scope all;
  all.spawn(signals.watch(all));
  all.spawn(conclude(l, signals, all));
  (void)co_await all.join();
  if (signals.number() != 0) co_return after_signal(signals.number());
  co_return l.out.verdict(l.ended);
}

// What makes no sense together.
const char* contradiction(const settings& asked) {
  const bool many = asked.echo || asked.exec;
  if (asked.echo && asked.exec) return "--echo and --exec: choose one of them";
  if (asked.max_clients && !many) return "--max-clients: there is one client without --echo or --exec";
  if (asked.no_shutdown && many) return "--no-shutdown: standard input is not read with --echo or --exec";
  return nullptr;
}

}  // namespace

int listen(const settings& asked, console& out) {
  if (const char* const sentence = contradiction(asked)) {
    out.fail(sentence);
    return static_cast<int>(exit_status::usage);
  }
  const auto at = parse_address(asked.arguments.front());
  if (!at) return static_cast<int>(out.fail(at.error()));
  auto how = entrance_terms(asked, *at, out);
  if (!how) return out.misused(how.error());
  auto l = loop::create();
  if (!l) return static_cast<int>(out.fail(l.error()));
  listening state{asked, out, *at, std::move(*how), {}};
  return l->run(listen_until_interrupted(state));
}

}  // namespace tool
