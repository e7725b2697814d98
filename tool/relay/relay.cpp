// SPDX-License-Identifier: MIT
#include "relay/relay.hpp"

#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/signal.hpp>
#include <fairlead/terminal.hpp>
#include <fairlead/timer.hpp>

#include "evidence/evidence.hpp"
#include "fault/layer.hpp"
#include "relay/waiting_link.hpp"
#include "wire/datagrams.hpp"
#include "wire/local_link.hpp"
#include "wire/pass_on.hpp"
#include "wire/server.hpp"

namespace tool {

namespace {

using namespace fairlead;
using namespace std::chrono_literals;

// How long replies of datagrams are awaited when there is nothing more to ask.
constexpr auto reply_silence = 1s;

// From when on a client who is gone is noticed while the other side is being connected to.
constexpr auto long_dial = 250ms;

// People at our terminal who sit at another one by way of us.
task<> follow_size(link& terminal, scope& all) {
  signal_set changes{signal_number::window_change};
  for (;;) {
    const auto came = co_await changes.next();
    if (!came || all.stop_requested()) co_return;
    if (const auto now = size_of_our_terminal()) terminal.resize(*now);
  }
}

// How small the pieces are has been decided by whoever sent them: held back here, a question of two pieces
// would wait for an acknowledgement that its reader puts off for 40 ms.
void send_at_once(link& l, const side& s) {
  const auto asked = s.at.flag("nodelay");
  if (asked && !*asked) l.send_at_once();
}

task<> stay(waiting_link& client, std::stop_token enough, std::stop_source& left) {
  co_await client.wait(std::move(enough));
  if (client.left()) left.request_stop();
}

// What is received meanwhile passes through our hands, and all that follows it: so nobody looks before it
// takes longer than usual.
task<> stay_while_it_takes_long(waiting_link& client, std::stop_token dialled, std::stop_source& left) {
  if (const auto slept = co_await sleep_for(long_dial).stop_on(dialled); slept)
    co_await stay(client, std::move(dialled), left);
}

task<> do_then_stop(task<result<void>> work, result<void>& done, scope& all) {
  done = co_await std::move(work);
  all.request_stop();
}

}  // namespace

task<result<void>> relay::open() {
  if (from_.does == role::listens) at_from_ = co_await or_return(open_acceptors(from_.at, from_.how_in));
  if (to_.does == role::listens) at_to_ = co_await or_return(open_acceptors(to_.at, to_.how_in));
  guard(at_from_, door_, from_.how_in.proxied);
  guard(at_to_, door_, to_.how_in.proxied);
  co_return {};
}

void relay::announce() const {
  for (const acceptors* all : {&at_from_, &at_to_}) {
    for (const auto& a : *all) out_.announce("listening " + a->name);
  }
}

task<result<void>> relay::run(std::stop_token closing, std::stop_token finishing) {
  closing_ = closing;
  if (!at_from_.empty() && !at_to_.empty()) return serve_both(std::move(closing));
  if (!at_from_.empty()) return serve(std::move(at_from_), std::move(closing));
  if (!at_to_.empty()) return serve(std::move(at_to_), std::move(closing));
  return once(std::move(finishing));
}

task<result<void>> relay::serve(acceptors waiting, std::stop_token closing) {
  server_terms terms;
  terms.service.other = [this](link& client) { return attend(client); };
  const bool replaces = to_.at.scheme() == scheme::file && is_written_anew(to_.at);
  terms.most = replaces ? 1 : asked_.max_clients;  // or each would write into what another one has written
  terms.once = asked_.once || from_.single() || to_.single();
  terms.door = &door_;
  terms.finishing = std::move(closing);
  server all(std::move(waiting), std::move(terms), out_);
  co_return co_await all.run();
}

// Those who came to FROM take those who come to TO, one after the other.
task<result<void>> relay::serve_both(std::stop_token closing) {
  partners_.emplace(std::move(at_to_), out_);
  result<void> done;
  scope all;
  partners_->accept(all, closing);
  all.spawn(do_then_stop(serve(std::move(at_from_), std::move(closing)), done, all));
  (void)co_await all.join();
  co_return done;
}

task<result<void>> relay::once(std::stop_token finishing) {
  auto dialled = dial_side(from_, asked_, nullptr, out_).stop_on(finishing);
  const auto first = co_await or_return(std::move(dialled));
  const link* const known = from_.at.transport() ? first.get() : nullptr;  // who has addresses to tell
  auto there = dial_side(to_, asked_, known, out_).stop_on(finishing);
  const auto second = co_await or_return(std::move(there));
  if (!from_.single()) co_return co_await join_sides(*first, *second, 0, finishing);
  result<void> done;
  scope all;
  all.spawn(follow_size(*second, all));
  all.spawn(do_then_stop(join_sides(*first, *second, 0, finishing), done, all));
  (void)co_await all.join();
  co_return done;
}

// Whoever cannot be brought together with anybody sees that something failed, rather than an end.
task<result<void>> relay::attend(link& client) {
  const std::uint64_t number = came_++;
  if (partners_) co_return co_await attend_waiting(client, number);
  waiting_link here(client, waiting_link::for_what::a_connection);
  result<std::unique_ptr<link>> partner = failure(errc::operation_canceled, verb::none);
  std::stop_source dialled;
  std::stop_source left;
  scope both;
  both.spawn(dial_partner(partner, client, dialled, left.get_token()));
  both.spawn(stay_while_it_takes_long(here, dialled.get_token(), left));
  (void)co_await both.join();
  if (here.left()) partner = std::unexpected(*here.left());
  if (!partner) {
    client.abort();
    co_return std::unexpected(partner.error());
  }
  const bool client_is_first = from_.does == role::listens;
  link& first = client_is_first ? here : **partner;
  link& second = client_is_first ? **partner : here;
  co_return co_await join_sides(first, second, number, {});
}

task<> relay::dial_partner(result<std::unique_ptr<link>>& partner, const link& client,
                           std::stop_source& dialled, std::stop_token left) {
  const side& other = from_.does == role::listens ? to_ : from_;
  partner = co_await dial_side(other, asked_, &client, out_).stop_on(std::move(left));
  dialled.request_stop();
}

// Its partner is another one who comes. Whoever leaves before is nobody's partner.
task<result<void>> relay::attend_waiting(link& client, std::uint64_t number) {
  waiting_link here(client);
  co_await here.look();
  result<std::unique_ptr<waiting_link>> partner = failure(errc::operation_canceled, verb::none);
  std::stop_source found;
  std::stop_source left;
  scope both;
  if (!here.left()) {
    both.spawn(find_partner(partner, found, left.get_token()));
    both.spawn(stay(here, found.get_token(), left));
  }
  (void)co_await both.join();
  if (const auto& why = here.left()) {
    if (partner) partners_->give_back(std::move(*partner));
    client.abort();
    co_return std::unexpected(*why);
  }
  if (!partner) {
    client.abort();
    co_return std::unexpected(partner.error());
  }
  co_return co_await join_sides(here, **partner, number, {});
}

task<> relay::find_partner(result<std::unique_ptr<waiting_link>>& partner, std::stop_source& found,
                           std::stop_token left) {
  std::stop_source enough;
  const std::stop_callback<pass_on> closing(closing_, pass_on{enough});
  const std::stop_callback<pass_on> leaving(left, pass_on{enough});
  partner = co_await partners_->next(enough.get_token());
  found.request_stop();
}

task<result<void>> relay::join_sides(link& first, link& second, std::uint64_t number,
                                     std::stop_token finishing) {
  out_.step("joined " + first.peer + " and " + second.peer);
  send_at_once(first, from_);
  send_at_once(second, to_);
  join_terms terms;
  terms.shutdown = !asked_.no_shutdown;
  terms.idle = asked_.idle;
  terms.idle_is_end = !first.has_end() || !second.has_end();
  if (!first.has_end() && !terms.idle) terms.idle = session_silence;
  if (first.has_end() && !second.has_end()) terms.after_input = asked_.idle.value_or(reply_silence);
  terms.finishing = std::move(finishing);
  // Of two who came each one's end is told when nobody new comes; of one who was dialled it never would be.
  if (!partners_ && !first.has_end() && !second.has_end()) terms.closing = closing_;
  terms.with_people = from_.single();
  if (asked_.proof != nullptr) {
    if (const auto watched = asked_.proof->watcher(direction::there)) terms.watched = watched(first, second);
  }
  if (faults_) return join_with_faults(first, second, number, std::move(terms));
  return join(first, second, std::move(terms), out_);
}

void relay::use_faults(const faults::plan& p) {
  faults_ = p;
  const auto repaired = [](const side& s, const faults::treatment& t) {
    const bool stream = !s.datagrams() && s.at.transport() != transport::unix_seqpacket;
    return stream && (t.reorder != 0 || t.duplicate != 0);
  };
  if (repaired(from_, p.there) || repaired(to_, p.back)) {
    out_.note(
        "fault: a stream is repaired by its transport: reorder shows nothing, and duplicate takes time only");
  }
}

// Numbered in the order in which the clients came in, however long it takes to find them a partner: with the
// same clients everything is decided as before.
task<result<void>> relay::join_with_faults(link& first, link& second, std::uint64_t number,
                                           join_terms terms) {
  const std::string peer = first.peer;
  // The silence that ends a conversation shall not be the one that we make.
  for (const faults::treatment* t : {&faults_->there, &faults_->back}) {
    if (terms.after_input) *terms.after_input += t->latency + t->jitter;
  }
  const faults::treated_links links = faults::treat(first, second, *faults_, number);
  const result<void> how = co_await join(*links.first, *links.second, std::move(terms), out_);
  const faults::ledger& done = *links.done;
  out_.step("fault: " + peer + ": there: " + to_sentence(done.there, done.how_there));
  out_.step("fault: " + peer + ": back: " + to_sentence(done.back, done.how_back));
  co_return how;
}

}  // namespace tool
