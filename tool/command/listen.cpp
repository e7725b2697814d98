// SPDX-License-Identifier: MIT
// fairlead listen ADDR: one client on standard input and output, or many with --echo and --exec.
#include <fairlead/loop.hpp>
#include <fairlead/or_return.hpp>

#include "access/gate.hpp"
#include "command/command.hpp"
#include "evidence/evidence.hpp"
#include "wire/interrupts.hpp"
#include "wire/join.hpp"
#include "wire/local_link.hpp"
#include "wire/open_link.hpp"
#include "wire/server.hpp"

namespace tool {

namespace {

using namespace fairlead;
using namespace std::chrono_literals;

struct listening {
  const settings& asked;
  const console& out;
  gate& in;

  [[nodiscard]] bool datagrams() const {
    return in.at.transport() == transport::udp || in.at.transport() == transport::unix_datagram;
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
  if (!f.decided && !is_refusal(entered.error())) l.out.fail(entered.error());
}

task<> accept_first(acceptor& a, const listening& l, found& f) {
  for (;;) {
    auto c = co_await a.accept();
    if (!c || l.in.how.open()) co_return f.decide(std::move(c));
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

task<result<void>> join_client(const listening& l, link& io, link& client, std::stop_token finishing) {
  l.out.step("joined with " + client.peer);
  join_terms terms;
  terms.shutdown = !l.asked.no_shutdown;
  terms.idle = l.asked.idle;
  terms.finishing = std::move(finishing);
  terms.with_people = true;
  terms.keys = l.asked.raw && is_terminal(stream::in);
  if (l.asked.proof != nullptr) {
    if (const auto watched = l.asked.proof->watcher(direction::back)) terms.watched = watched(io, client);
  }
  co_return co_await join(io, client, std::move(terms), l.out);
}

task<result<void>> serve_one(const listening& l, const interrupts& signals) {
  auto made = make_standard_link(l.asked.raw);
  const auto io = co_await or_return(std::move(made));
  const std::stop_token closing = signals.closing();
  if (l.datagrams()) {
    const datagram_hosts from = co_await or_return(open_hosts(l.in, l.out));
    auto first = co_await or_return(first_of(from).stop_on(closing));
    const auto client = l.in.door.paced(std::move(first));
    co_return co_await join_client(l, *io, *client, signals.finishing());
  }
  const acceptors from = co_await or_return(open_doors(l.in, l.out));
  const auto client = co_await or_return(first_of(from, l).stop_on(closing));
  for (const auto& a : from) a->close();  // nobody else will be served: let them know
  co_return co_await join_client(l, *io, *client, signals.finishing());
}

task<> echo_at(datagram_host& h, const listening& l, const service_terms& terms, found& f) {
  const result<void> r = co_await echo_datagrams(h, terms, l.asked.once, l.out);
  if (!r) co_return f.decide(std::unexpected(r.error()));
  f.decide(std::unique_ptr<link>());
}

task<result<void>> echo_to_all(const listening& l, service_terms terms) {
  const datagram_hosts from = co_await or_return(open_hosts(l.in, l.out));
  found f;
  for (const auto& h : from) f.all.spawn(echo_at(*h, l, terms, f));
  (void)co_await f.all.join();
  if (!f.client) co_return std::unexpected(f.client.error());
  co_return {};
}

task<result<void>> serve_many(const listening& l, std::stop_token closing) {
  server_terms terms;
  terms.service.command = l.asked.exec;
  terms.service.pty = l.asked.pty;
  terms.service.idle = l.asked.idle;
  if (l.asked.proof != nullptr) terms.service.watched = l.asked.proof->watcher(direction::there);
  // Whoever watches, or keeps count, wants each peer's conversation by itself.
  if (l.datagrams() && l.asked.echo && !l.in.door.needs_sessions() && !terms.service.watched)
    co_return co_await echo_to_all(l, terms.service).stop_on(closing);
  if (l.datagrams() && !terms.service.idle) terms.service.idle = session_silence;
  terms.most = l.asked.max_clients;
  terms.once = l.asked.once;
  terms.door = &l.in.door;
  terms.finishing = std::move(closing);
  acceptors from = co_await or_return(open_doors(l.in, l.out));
  server s(std::move(from), std::move(terms), l.out);
  co_return co_await s.run();
}

// What makes no sense together.
const char* contradiction(const settings& asked) {
  const bool many = asked.echo || asked.exec;
  if (asked.echo && asked.exec) return "--echo and --exec: choose one of them";
  if (asked.pty && !asked.exec) return "--pty: there is no command for it; give one with --exec";
  if (asked.raw && many) return "--raw: our terminal takes no part with --echo or --exec";
  if (asked.max_clients && !many) return "--max-clients: there is one client without --echo or --exec";
  if (asked.max_per_address && !many)
    return "--max-per-address: there is one client without --echo or --exec";
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
  if (!at) return out.misused(at.error());
  const auto in = gate_of(asked, *at, out);
  if (!in) return in.error();
  auto l = loop::create();
  if (!l) return static_cast<int>(out.fail(l.error()));
  listening state{asked, out, **in};
  const auto work = [&state](const interrupts& signals) {
    const bool many = state.asked.echo || state.asked.exec;
    return many ? serve_many(state, signals.closing()) : serve_one(state, signals);
  };
  const conclusion done = l->run(until_interrupted(work, out, asked.listen_for));
  state.in.door.conclude();
  return done.status(out);
}

}  // namespace tool
