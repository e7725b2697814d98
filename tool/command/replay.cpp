// SPDX-License-Identifier: MIT
// fairlead replay FILE [ADDR]: a recorded conversation, played again, listed or exported.
#include <charconv>
#include <filesystem>
#include <memory>

#include <fairlead/loop.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/signal.hpp>

#include "access/gate.hpp"
#include "access/terms.hpp"
#include "command/command.hpp"
#include "evidence/dialling.hpp"
#include "evidence/evidence.hpp"
#include "figures.hpp"
#include "recording/export.hpp"
#include "replay/first_client.hpp"
#include "replay/play.hpp"
#include "replay/survey.hpp"
#include "standard_io.hpp"
#include "wire/interrupts.hpp"
#include "wire/lookout.hpp"
#include "wire/open_link.hpp"
#include "wire/security.hpp"
#include "wire/watched_link.hpp"

namespace tool {

namespace {

using namespace fairlead;
using namespace std::chrono_literals;
using namespace replaying;

constexpr double fastest = 1e6;

struct performance {
  const settings& asked;
  const console& out;
  url at;
  play_terms terms;
  client_options how{};
  std::unique_ptr<gate> in{};  ///< with --serve
  std::string peer{};          ///< whom it is played to
  result<outcome> ended = outcome{};
};

std::optional<double> speed_of(const settings& asked) {
  if (!asked.speed) return 1;
  double factor = 0;
  const std::string& text = *asked.speed;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), factor);
  const bool fine = failed == std::errc() && end == text.data() + text.size();
  return fine && factor >= 0 && factor <= fastest ? std::optional(factor) : std::nullopt;
}

bool keeps_messages(const url& at) {
  return at.transport() == transport::udp || at.transport() == transport::unix_datagram ||
         at.transport() == transport::unix_seqpacket;
}

task<result<outcome>> play_to(link& peer, performance& p) {
  p.peer = peer.peer;
  p.out.step("playing to " + peer.peer);
  const watch watched = p.asked.proof != nullptr ? p.asked.proof->watcher(direction::there) : watch();
  if (!watched) co_return co_await play(peer, p.terms, p.out);
  const direction ours = p.asked.serve ? direction::back : direction::there;
  const auto seen = make_watched_link(peer, watched, ours, "recording");
  co_return co_await play(*seen, p.terms, p.out);
}

task<result<outcome>> perform(performance& p, std::stop_token closing) {
  if (p.in) {
    const visit v = co_await or_return(first_client(*p.in, std::move(closing), p.out));
    co_return co_await play_to(*v.client, p);
  }
  auto dialling = dial(p.at, p.how, p.asked, p.out);
  const auto peer = co_await or_return(std::move(dialling));
  co_return co_await play_to(*peer, p);
}

task<result<void>> perform_unless_asked(performance& p, const interrupts& signals) {
  p.ended = co_await perform(p, signals.closing()).stop_on(signals.finishing());
  if (!p.ended) co_return std::unexpected(p.ended.error());
  co_return {};
}

// Of one that was played to its end.
int verdict(const performance& p) {
  if (const auto& d = p.ended->differs) {
    p.out.fail(p.peer + ": not as recorded: " + d->sentence);
    if (!d->context.empty())
      p.out.announce("recorded (-) and come (+):\n" + d->context.substr(0, d->context.size() - 1));
    return static_cast<int>(exit_status::verification);
  }
  p.out.note("as recorded: " + count_text(p.ended->sent) + " bytes sent, " + count_text(p.ended->heard) +
             " bytes came");
  return static_cast<int>(exit_status::ok);
}

int play_at(const settings& asked, const summary& what, const console& out) {
  const auto at = parse_address(asked.arguments[1]);
  if (!at) return out.misused(at.error());
  if (!what.begun.messages && keeps_messages(*at)) {
    out.fail(at->to_string() + ": conversation " + std::to_string(what.begun.conversation) +
             " is one of streams, which datagrams would divide");
    return static_cast<int>(exit_status::usage);
  }
  play_terms terms;
  terms.path = asked.arguments[0];
  terms.conversation = what.begun.conversation;
  terms.messages = keeps_messages(*at);
  const bool opener_first = what.begun.opener == direction::there;
  terms.ours = opener_first != asked.serve ? direction::there : direction::back;
  terms.speed = *speed_of(asked);
  terms.wait = asked.wait.value_or(10s);
  performance p{asked, out, *at, std::move(terms)};
  if (asked.serve) {
    auto in = gate_of(asked, *at, out);
    if (!in) return in.error();
    p.in = std::move(*in);
  } else {
    auto how = connecting_terms(asked, *at, out);
    if (!how) return out.misused(how.error());
    p.how = std::move(*how);
  }
  auto l = loop::create();
  if (!l) return static_cast<int>(out.fail(l.error()));
  const auto work = [&p](const interrupts& signals) { return perform_unless_asked(p, signals); };
  const conclusion done = l->run(until_interrupted(work, out, asked.listen_for));
  if (p.in) p.in->door.conclude();
  return done.signal != 0 || !p.ended ? done.status(out) : verdict(p);
}

// Without a report a signal ends what reads as it would anything.
asked_to_stop signal_of(const console& out) {
  if (out.signals == nullptr) return {};
  return [seen = out.signals] { return seen->number() != 0; };
}

int export_to(const settings& asked, const console& out) {
  auto from = recording::reader::open(asked.arguments[0]);
  if (!from) return out.misused(from.error());
  const auto only = static_cast<std::uint32_t>(asked.conversation.value_or(0));
  const auto done = recording::export_pcapng(*from, *asked.export_to, only, signal_of(out));
  if (done) return static_cast<int>(exit_status::ok);
  if (done.error() == errc::operation_canceled) return after_signal(out.signals->number());
  // As pipelines end: see console::verdict().
  if (done.error() == errc::broken_pipe) return after_signal(signal_number::pipe);
  return static_cast<int>(out.fail(done.error()));
}

bool only_lists(const settings& asked) { return asked.arguments.size() == 1 && !asked.export_to; }

void list(const settings& asked, const survey& held) {
  if (!asked.json) show(listing(held));
  for (const summary& c : held.conversations) {
    const std::string object = json_of(held, c);
    if (asked.json && !nobody_reads()) show(object + '\n');
    if (asked.proof != nullptr) asked.proof->found("recorded", object);
  }
}

// A pipe would be empty when it is opened for the second time.
bool is_read_once(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored) &&
         !std::filesystem::is_directory(path, ignored);
}

std::string contradiction(const settings& asked) {
  const bool plays = asked.arguments.size() == 2;
  if (plays && asked.export_to) return "--export: exports instead of playing; leave ADDR away";
  if (!plays && (asked.serve || asked.speed || asked.wait))
    return "ADDR is missing: where the recording shall be played (--help says more)";
  if (const std::string_view flag = first_given(asked); !flag.empty() && !asked.serve)
    return std::string(flag) + ": goes with --serve only";
  if (!speed_of(asked)) return "--speed " + *asked.speed + ": must be a number from 0 to 1000000";
  return {};
}

}  // namespace

int replay(const settings& asked, console& out) {
  if (const std::string sentence = contradiction(asked); !sentence.empty()) {
    out.fail(sentence);
    return static_cast<int>(exit_status::usage);
  }
  const std::string& path = asked.arguments[0];
  if (!only_lists(asked) && is_read_once(path)) {
    out.fail(path + ": must be a file, for it is read more than once; save it first");
    return static_cast<int>(exit_status::usage);
  }
  const bool with_sums = asked.json || (asked.proof != nullptr && asked.proof->reports());
  const auto held = survey_of(path, with_sums && only_lists(asked), signal_of(out));
  if (!held && held.error() == errc::operation_canceled) return after_signal(out.signals->number());
  if (!held) return out.misused(held.error());
  const std::uint64_t wanted = asked.conversation.value_or(1);
  int status = 0;
  if (held->conversations.empty() && held->damaged) {
    // There is nothing but the damage to tell of.
  } else if ((asked.conversation || asked.arguments.size() == 2) && wanted > held->conversations.size()) {
    out.fail(path + ": there is no conversation " + std::to_string(wanted) + "; it holds " +
             std::to_string(held->conversations.size()));
    return static_cast<int>(exit_status::usage);
  } else if (asked.export_to) {
    status = export_to(asked, out);
  } else if (asked.arguments.size() == 2) {
    status = play_at(asked, held->conversations[wanted - 1], out);
  } else {
    list(asked, *held);
  }
  if (held->damaged) {
    out.fail(held->complaint);
    if (status == 0) status = static_cast<int>(exit_status::verification);
  } else if (!held->complaint.empty()) {
    out.note(held->complaint);
  }
  return status;
}

}  // namespace tool
