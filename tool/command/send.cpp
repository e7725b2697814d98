// SPDX-License-Identifier: MIT
// fairlead send FILE… ADDR: files and directories to a `fairlead receive`.
#include <fairlead/loop.hpp>
#include <fairlead/or_return.hpp>

#include "command/command.hpp"
#include "evidence/dialling.hpp"
#include "evidence/evidence.hpp"
#include "transfer/carrier.hpp"
#include "transfer/sender.hpp"
#include "wire/interrupts.hpp"
#include "wire/security.hpp"
#include "wire/watched_link.hpp"

namespace tool {

namespace {

using namespace fairlead;

struct sending {
  const settings& asked;
  const console& out;
  url to;
  client_options how;
  std::vector<transfer::source> files;
  std::unique_ptr<link> there{};
  result<void> command{};  // how the one that we have sent to has left
};

task<result<std::unique_ptr<link>>> reach(const sending& s) {
  if (transfer::is_local(s.to)) co_return transfer::open_local(s.to, s.out);
  auto dialling = dial(s.to, s.how, s.asked, s.out);
  co_return co_await std::move(dialling);
}

task<result<void>> deliver(sending& s) {
  s.there = co_await or_return(reach(s));
  evidence* const proof = s.asked.proof;
  const watch watched = proof != nullptr ? proof->watcher(direction::there) : watch();
  const auto seen = watched ? make_watched_link(*s.there, watched, direction::there, "files") : nullptr;
  ledger* const told = proof != nullptr ? proof->files() : nullptr;
  transfer::sender one(seen ? *seen : *s.there, s.files, s.asked.idle.value_or(transfer::usual_patience),
                       s.out, transfer::hashes_beside(s.to), told);
  co_await or_return(one.run());
  s.out.note("sent " + transfer::summary(one.kept(), one.had(), one.moved()));
  co_return {};
}

task<result<void>> deliver_unless_asked(sending& s, const interrupts& signals) {
  const result<void> done = co_await deliver(s).stop_on(signals.finishing());
  if (s.there && s.to.scheme() == scheme::exec) {
    s.command = co_await transfer::see_off(*s.there, done.has_value(), signals.finishing());
  }
  s.there.reset();
  co_return done;
}

}  // namespace

int send_files(const settings& asked, console& out) {
  const auto to = transfer::parse_carrier(asked.arguments.back());
  if (!to) return out.misused(to.error());
  if (std::string sentence = transfer::objection(asked, *to); !sentence.empty()) {
    out.fail(sentence);
    return static_cast<int>(exit_status::usage);
  }
  auto how = connecting_terms(asked, *to, out);
  if (!how) return out.misused(how.error());
  auto files = transfer::find_sources(std::span(asked.arguments).first(asked.arguments.size() - 1), out);
  if (!files) return out.misused(files.error());
  auto l = loop::create();
  if (!l) return static_cast<int>(out.fail(l.error()));
  sending s{asked, out, *to, std::move(*how), std::move(*files)};
  const auto work = [&s](const interrupts& signals) { return deliver_unless_asked(s, signals); };
  const conclusion done = l->run(until_interrupted(work, out));
  if (done.signal != 0 && !done.ended) out.fail(done.ended.error());
  const int status = done.status(out);
  return done.signal != 0 ? status : transfer::status_after(status, s.command, out);
}

}  // namespace tool
