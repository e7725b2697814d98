// SPDX-License-Identifier: MIT
// fairlead receive ADDR [DIR]: what a `fairlead send` brings.
#include <fairlead/loop.hpp>
#include <fairlead/or_return.hpp>

#include "access/gate.hpp"
#include "access/terms.hpp"
#include "command/command.hpp"
#include "evidence/evidence.hpp"
#include "transfer/carrier.hpp"
#include "transfer/receiver.hpp"
#include "wire/interrupts.hpp"
#include "wire/pass_on.hpp"
#include "wire/server.hpp"
#include "wire/watched_link.hpp"

namespace tool {

namespace {

using namespace fairlead;
using namespace std::chrono_literals;

// How long somebody who has come may take to say what he speaks.
constexpr auto longest_greeting = 10s;
// Senders at a time; others wait in the backlog.
constexpr std::uint64_t most_senders = 16;

struct receiving {
  const settings& asked;
  const console& out;
  files::directory into;
  loop& runs_on;
  transfer::listing hashes;
  transfer::allowance most{};
  [[nodiscard]] duration patience() const { return asked.idle.value_or(transfer::usual_patience); }
};

// All that one brings who has said that he is a sender.
task<result<void>> take(transfer::conversation& talk, receiving& r) {
  ledger* const told = r.asked.proof != nullptr ? r.asked.proof->files() : nullptr;
  transfer::receiver one(talk, r.into, r.most, r.runs_on, r.out, r.hashes, told);
  co_await or_return(one.run());
  r.out.note("received " + transfer::summary(one.kept(), one.had(), one.moved()));
  co_return {};
}

// Null where nobody watches.
std::unique_ptr<link> watched(link& sender, const receiving& r) {
  const watch who = r.asked.proof != nullptr ? r.asked.proof->watcher(direction::there) : watch();
  return who ? make_watched_link(sender, who, direction::back, "files") : nullptr;
}

// Senders come to an address.
struct serving {
  receiving& r;
  gate& in;
  std::stop_source enough{};  // no more senders
  result<void> ended{};
  exit_status failed = exit_status::ok;  // the first one that --keep-open has gone on after
};

task<result<void>> take_from(link& sender, serving& s) {
  const auto seen = watched(sender, s.r);
  transfer::conversation talk(seen ? *seen : sender, transfer::side::receiver, s.r.patience());
  const auto heard = co_await talk.hear_hello(true).within(longest_greeting).stop_on(s.enough.get_token());
  if (!heard) {
    // Not a sender: so there is still one to wait for.
    if (!s.enough.stop_requested()) s.r.out.fail(heard.error());
    co_return {};
  }
  const bool others_may_come = s.r.asked.keep_open;
  if (!others_may_come) {
    if (s.enough.stop_requested()) co_return {};
    s.enough.request_stop();
  }
  const result<void> done = co_await take(talk, s.r);
  if (!done && others_may_come) {
    const exit_status status = s.r.out.fail(done.error());
    if (s.failed == exit_status::ok) s.failed = status;
  } else if (!done) {
    s.ended = done;
  }
  co_return {};
}

task<result<void>> serve(serving& s) {
  server_terms terms;
  terms.service.other = [&s](link& l) { return take_from(l, s); };
  terms.most = s.r.asked.max_clients.value_or(most_senders);
  terms.finishing = s.enough.get_token();
  terms.door = &s.in.door;
  acceptors from = co_await or_return(open_doors(s.in, s.r.out));
  server all(std::move(from), std::move(terms), s.r.out);
  co_return co_await all.run();
}

task<result<void>> serve_unless_asked(serving& s, const interrupts& signals) {
  const std::stop_callback<pass_on> finish(signals.closing(), pass_on{s.enough});
  const result<void> served = co_await serve(s);
  co_return s.ended ? served : s.ended;
}

// The one sender is a command, or at the other end of our standard streams.
struct joined {
  receiving& r;
  const url& at;
  std::unique_ptr<link> there{};
  result<void> command{};  // how it has left
};

task<result<void>> take_the_one(joined& j) {
  j.there = co_await or_return(transfer::open_local(j.at, j.r.out));
  const auto seen = watched(*j.there, j.r);
  transfer::conversation talk(seen ? *seen : *j.there, transfer::side::receiver, j.r.patience());
  co_await or_return(talk.hear_hello(true));
  co_return co_await take(talk, j.r);
}

task<result<void>> take_unless_asked(joined& j, const interrupts& signals) {
  const result<void> done = co_await take_the_one(j).stop_on(signals.finishing());
  if (j.there && j.at.scheme() == scheme::exec) {
    j.command = co_await transfer::see_off(*j.there, done.has_value(), signals.finishing());
  }
  j.there.reset();
  co_return done;
}

// What makes no sense together, or there; empty if all does.
std::string contradiction(const settings& asked, const url& at) {
  if (asked.once && asked.keep_open) return "--once and --keep-open: choose one of them";
  if (transfer::is_local(at)) {
    std::string_view flag = first_given(asked);
    if (flag.empty() && asked.keep_open) flag = "--keep-open";
    if (flag.empty() && asked.max_clients) flag = "--max-clients";
    if (!flag.empty())
      return std::string(flag) + ": nothing listens at " + at.to_string() + ", where one sends";
  }
  if (asked.max_clients && !asked.keep_open) return "--max-clients: there is one sender without --keep-open";
  return transfer::objection(asked, at);
}

int receive_from_many(receiving& r, const url& at, console& out) {
  const auto in = gate_of(r.asked, at, out);
  if (!in) return in.error();
  serving s{r, **in};
  const auto work = [&s](const interrupts& signals) { return serve_unless_asked(s, signals); };
  const conclusion done = r.runs_on.run(until_interrupted(work, out, r.asked.listen_for));
  s.in.door.conclude();
  if (done.signal != 0 && !done.ended) out.fail(done.ended.error());
  const int status = done.status(out);
  return status == 0 ? static_cast<int>(s.failed) : status;
}

int receive_from_one(receiving& r, const url& at, console& out) {
  // For what it says of flags that are of sockets only.
  if (const auto how = entrance_terms(r.asked, at, out); !how) return out.misused(how.error());
  joined j{r, at};
  const auto work = [&j](const interrupts& signals) { return take_unless_asked(j, signals); };
  const conclusion done = r.runs_on.run(until_interrupted(work, out));
  if (done.signal != 0 && !done.ended) out.fail(done.ended.error());
  const int status = done.status(out);
  return done.signal != 0 ? status : transfer::status_after(status, j.command, out);
}

}  // namespace

int receive_files(const settings& asked, console& out) {
  const auto at = transfer::parse_carrier(asked.arguments.front());
  if (!at) return out.misused(at.error());
  if (const std::string sentence = contradiction(asked, *at); !sentence.empty()) {
    out.fail(sentence);
    return static_cast<int>(exit_status::usage);
  }
  auto into = files::directory::open(asked.arguments.size() > 1 ? asked.arguments[1] : ".");
  if (!into) {
    const error& e = into.error();
    const bool missing = e == errc::no_such_file_or_directory;
    return out.misused(missing ? e.reworded(e.operation(), std::string(e.subject()),
                                            e.reason() + "; make the directory first, with mkdir")
                               : e);
  }
  if (const auto fine = into->look_whether_writable(); !fine) return out.misused(fine.error());
  auto l = loop::create();
  if (!l) return static_cast<int>(out.fail(l.error()));
  receiving r{asked, out, std::move(*into), *l, transfer::hashes_beside(*at)};
  if (asked.max_files) r.most.files = *asked.max_files;
  if (asked.max_size) r.most.bytes = asked.max_size->count;
  return transfer::is_local(*at) ? receive_from_one(r, *at, out) : receive_from_many(r, *at, out);
}

}  // namespace tool
