// SPDX-License-Identifier: MIT
// fairlead receive ADDR [DIR]: what a `fairlead send` brings.
#include <fairlead/loop.hpp>
#include <fairlead/or_return.hpp>

#include "access/gate.hpp"
#include "command/command.hpp"
#include "evidence/evidence.hpp"
#include "transfer/receiver.hpp"
#include "transfer/words.hpp"
#include "wire/interrupts.hpp"
#include "wire/open_link.hpp"
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
  gate& in;
  files::directory into;
  loop& runs_on;
  transfer::allowance most{};
  std::stop_source enough{};  // no more senders
  result<void> ended{};
  exit_status failed = exit_status::ok;  // the first one that --keep-open has gone on after
};

task<result<void>> take_over(link& sender, receiving& r) {
  transfer::conversation talk(sender, transfer::side::receiver,
                              r.asked.idle.value_or(transfer::usual_patience));
  const auto heard = co_await talk.hear_hello(true).within(longest_greeting).stop_on(r.enough.get_token());
  if (!heard) {
    // Not a sender: so there is still one to wait for.
    if (!r.enough.stop_requested()) r.out.fail(heard.error());
    co_return {};
  }
  if (!r.asked.keep_open) {
    if (r.enough.stop_requested()) co_return {};
    r.enough.request_stop();
  }
  ledger* const told = r.asked.proof != nullptr ? r.asked.proof->files() : nullptr;
  transfer::receiver one(talk, r.into, r.most, r.runs_on, r.out, told);
  const result<void> done = co_await one.run();
  if (done) {
    r.out.note("received " + transfer::summary(one.kept(), one.moved()));
  } else if (r.asked.keep_open) {
    const exit_status status = r.out.fail(done.error());
    if (r.failed == exit_status::ok) r.failed = status;
  } else {
    r.ended = done;
  }
  co_return {};
}

task<result<void>> take_from(link& sender, receiving& r) {
  const watch watched = r.asked.proof != nullptr ? r.asked.proof->watcher(direction::there) : watch();
  if (!watched) co_return co_await take_over(sender, r);
  const auto seen = make_watched_link(sender, watched, direction::back, "files");
  co_return co_await take_over(*seen, r);
}

task<result<void>> serve(receiving& r) {
  server_terms terms;
  terms.service.other = [&r](link& l) { return take_from(l, r); };
  terms.most = r.asked.max_clients.value_or(most_senders);
  terms.finishing = r.enough.get_token();
  terms.door = &r.in.door;
  acceptors from = co_await or_return(open_doors(r.in, r.out));
  server s(std::move(from), std::move(terms), r.out);
  co_return co_await s.run();
}

task<result<void>> serve_unless_asked(receiving& r, const interrupts& signals) {
  const std::stop_callback<pass_on> finish(signals.closing(), pass_on{r.enough});
  const result<void> served = co_await serve(r);
  co_return r.ended ? served : r.ended;
}

// What makes no sense together.
const char* contradiction(const settings& asked) {
  if (asked.once && asked.keep_open) return "--once and --keep-open: choose one of them";
  if (asked.max_clients && !asked.keep_open) return "--max-clients: there is one sender without --keep-open";
  return nullptr;
}

}  // namespace

int receive_files(const settings& asked, console& out) {
  if (const char* const sentence = contradiction(asked)) {
    out.fail(sentence);
    return static_cast<int>(exit_status::usage);
  }
  const auto at = parse_address(asked.arguments.front());
  if (!at) return out.misused(at.error());
  if (std::string sentence = transfer::not_for(*at); !sentence.empty()) {
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
  const auto in = gate_of(asked, *at, out);
  if (!in) return in.error();
  auto l = loop::create();
  if (!l) return static_cast<int>(out.fail(l.error()));
  files::survive_size_limits();
  receiving r{asked, out, **in, std::move(*into), *l};
  if (asked.max_files) r.most.files = *asked.max_files;
  if (asked.max_size) r.most.bytes = asked.max_size->count;
  const auto work = [&r](const interrupts& signals) { return serve_unless_asked(r, signals); };
  const conclusion done = l->run(until_interrupted(work, out, asked.listen_for));
  r.in.door.conclude();
  if (done.signal != 0 && !done.ended) out.fail(done.ended.error());
  const int status = done.status(out);
  return status == 0 ? static_cast<int>(r.failed) : status;
}

}  // namespace tool
