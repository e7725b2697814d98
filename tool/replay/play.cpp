// SPDX-License-Identifier: MIT
#include "replay/play.hpp"

#include <fairlead/condition.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/timer.hpp>

#include "figures.hpp"

namespace tool::replaying {

namespace {

using namespace fairlead;

struct playing {
  playing(link& l, play_terms t, script mine, comparison c, const console& o)
      : peer(l), terms(std::move(t)), all(std::move(mine)), heard(std::move(c)), out(o) {}

  link& peer;
  play_terms terms;
  script all;
  comparison heard;
  const console& out;
  scope tasks{};
  condition progress{};
  std::uint64_t sent = 0;
  std::optional<error> failed{};

  // What must have come before the next thing is done.
  std::uint64_t due_bytes = 0;
  std::uint64_t due_messages = 0;
  bool due_end = false;
  duration due_at{};               ///< when the last of it came, in the recording
  duration done_at{};              ///< when we did something last, in the recording
  time_point base = clock::now();  ///< when the conversation would have begun, as it goes now

  [[nodiscard]] duration scaled(duration d) const {
    if (terms.speed <= 0) return duration::zero();
    return duration(static_cast<duration::rep>(static_cast<double>(d.count()) / terms.speed));
  }
  [[nodiscard]] bool come() const {
    if (heard.over()) return true;
    return !due_end && heard.bytes() >= due_bytes && heard.messages() >= due_messages;
  }
};

// An end of the peer, a difference or a failure ends it.
task<> listen_to(playing& p) {
  std::vector<std::byte> buffer(p.peer.room());
  while (!p.heard.over()) {
    const result<arrival> a = co_await p.peer.recv(buffer);
    if (!a && a.error() == errc::operation_canceled) co_return;
    if (!a) {
      const ending how = ending_of(std::unexpected(a.error()));
      if (how != ending::reset && how != ending::truncated) {
        p.failed = a.error();
        p.tasks.request_stop();
        co_return;
      }
      p.heard.end(how);
    } else if (a->end) {
      p.heard.end(ending::finished);
    } else {
      p.heard.take(std::span(buffer).first(a->size));
    }
    p.progress.notify_all();
  }
}

task<result<void>> until_come(playing& p) {
  if (p.come()) co_return {};
  // The peer may take the time that it took then, whatever our speed.
  const duration limit = p.terms.wait + std::max(p.due_at - p.done_at, duration::zero());
  const time_point latest = clock::now() + limit;
  while (!p.come()) {
    co_await or_return(p.progress.notified(latest));
    if (p.come() || clock::now() < latest) continue;
    std::string what =
        "nothing more came for " + time_text(limit) + " after " + std::to_string(p.heard.bytes());
    what +=
        p.due_end ? " bytes, and its end is due" : " bytes, and " + std::to_string(p.due_bytes) + " are due";
    co_return std::unexpected(error::about(errc::timed_out, verb::none, p.peer.peer, what));
  }
  if (p.terms.speed > 0) p.base = std::max(p.base, clock::now() - p.scaled(p.due_at));
  co_return {};
}

task<result<void>> until_time(playing& p, duration at) {
  const time_point due = p.base + p.scaled(at);
  if (p.terms.speed > 0 && due > clock::now()) co_await or_return(sleep_for(due - clock::now()));
  co_return {};
}

// The piece is in memory of the script, which stays as it is until the next event.
task<result<void>> do_ours(playing& p, const event& e) {
  co_await or_return(until_come(p));
  if (p.heard.found()) co_return {};
  co_await or_return(until_time(p, e.at));
  p.done_at = e.at;
  if (!e.end) {
    auto sending = p.peer.send(e.content).within(p.terms.wait);
    co_await or_return(std::move(sending));
    p.sent += e.content.size;
    co_return {};
  }
  if (*e.end == ending::reset) {
    p.peer.abort();
    co_return failure(errc::operation_canceled, verb::none);
  }
  if (*e.end == ending::finished || *e.end == ending::truncated) co_return co_await p.peer.finish();
  co_return {};
}

task<result<void>> perform(playing& p) {
  bool finished = false;
  while (const auto e = p.all.next()) {
    if (e->way != p.terms.ours) {
      p.due_bytes += e->content.size;
      if (p.terms.messages && !e->end) ++p.due_messages;
      // What we gave up on, or the peer of datagrams, has no end that could come.
      if (e->end && p.peer.has_end()) p.due_end = p.due_end || is_due(*e->end);
      p.due_at = e->at;
      continue;
    }
    co_await or_return(do_ours(p, *e));
    if (p.heard.found()) co_return {};
    finished = finished || e->end == ending::finished || e->end == ending::truncated;
  }
  // A peer that waits for our end before its own would wait for ever.
  if (!finished && !p.due_end) co_await or_return(until_come(p));
  if (!finished) co_await or_return(p.peer.finish());
  co_return co_await until_come(p);
}

// Whoever does not take what we send has ended, and that is heard.
task<> hear_its_end(playing& p) {
  const time_point latest = clock::now() + p.terms.wait;
  while (!p.heard.over() && clock::now() < latest) {
    if (const auto told = co_await p.progress.notified(latest); !told) co_return;
  }
}

task<> act(playing& p) {
  const result<void> r = co_await perform(p);
  const ending how = ending_of(r);
  if (how == ending::closed || how == ending::reset) co_await hear_its_end(p);
  if (!r && !p.failed && !p.heard.found() && !(r.error() == errc::operation_canceled)) p.failed = r.error();
  p.tasks.request_stop();
}

}  // namespace

task<result<outcome>> play(link& peer, play_terms terms, const console& out) {
  auto mine = script::open(terms.path, terms.conversation);
  if (!mine) co_return std::unexpected(mine.error());
  auto theirs = script::open(terms.path, terms.conversation);
  if (!theirs) co_return std::unexpected(theirs.error());
  const direction from = terms.ours == direction::there ? direction::back : direction::there;
  comparison heard(std::move(*theirs), from, terms.messages, peer.peer);
  playing p(peer, std::move(terms), std::move(*mine), std::move(heard), out);
  p.tasks.spawn(listen_to(p));
  p.tasks.spawn(act(p));
  (void)co_await p.tasks.join();
  if (p.failed && !p.heard.found()) co_return std::unexpected(*p.failed);
  if (!p.all.has_begun()) {
    std::string why = "has no conversation " + std::to_string(p.terms.conversation) + " any more";
    co_return std::unexpected(
        error::about(errc::bad_message, verb::read, p.terms.path, why + "; it was changed meanwhile"));
  }
  co_return outcome{p.heard.found(), p.sent, p.heard.bytes()};
}

}  // namespace tool::replaying
