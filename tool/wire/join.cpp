// SPDX-License-Identifier: MIT
#include "wire/join.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

#include <fairlead/condition.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/timer.hpp>

#include "wire/conveyance.hpp"
#include "wire/pass_on.hpp"
#include "wire/slow_reader.hpp"

namespace tool {

namespace {

using namespace fairlead;

// One direction.
struct way {
  link& from;
  link& to;
  direction which;
  std::uint64_t bytes = 0;
  bool over = false;
  bool said_end = false;         // `to` was told that no more comes
  bool dismissed = false;        // it had not ended when it was `enough`
  bool lost = false;             // and it was said that a message could not be passed on
  std::optional<error> reset{};  // sending to `from` has found that it cut us off: no end of it is one
  std::stop_source enough{};     // `from` is heard no longer, as if it had ended
  slow_reader reader{};          // of what `to` was sent
};

// What the tasks of one join have in common.
struct joint {
  joint(link& first, link& second, join_terms t, const console& o)
      : there{first, second, direction::there},
        back{second, first, direction::back},
        terms(std::move(t)),
        out(o) {}

  way there;
  way back;
  join_terms terms;
  const console& out;
  scope all{};
  condition news{};                // a direction is over
  time_point last = clock::now();  // when anything moved
  std::optional<error> failed{};   // the first one
  bool cut = false;                // ended before both sides had
  bool complete = false;           // ended in an orderly way: nothing is left to be done
  bool stopped = false;            // by those who do not wait for the end, as at a second signal
  bool silent = false;             // because of a silence
  bool there_failed = false;       // the second side would hear no more
  bool draining = false;           // the first side still says what nobody takes

  void fail(const error& e) {
    if (!failed && !(e == errc::operation_canceled)) failed = e;
  }
  way& opposite(const way& w) noexcept { return &w == &there ? back : there; }
  void moved() noexcept { last = clock::now(); }
  /// How long it may be silent yet. What we hold back ourselves is no silence.
  [[nodiscard]] duration left_of(duration limit) const noexcept {
    return std::max({last, there.from.held_until(), back.from.held_until()}) + limit - clock::now();
  }
  /// Whether the peers have taken anything since this was asked last.
  [[nodiscard]] bool were_heard() noexcept {
    bool any = false;
    for (way* const w : {&there, &back}) any = w->reader.has_moved(w->to) || any;
    return any;
  }
  void passed(direction d, const_buffer content) {
    for (const auto& w : terms.watched) w->passed(d, content);
  }
  /// One direction is over. With the other one, everything.
  void ended(way& w, const result<void>& how) {
    for (const auto& witness : terms.watched) witness->ended(w.which, how, w.dismissed);
    w.over = true;
    news.notify_all();
    if (there.over && back.over && !draining) conclude();
  }
  void conclude() {
    complete = true;
    all.request_stop();
  }
  /// The second side would hear no more, and has said nothing: no end of it shall look as if all were well.
  [[nodiscard]] bool is_a_sink_that_failed() const noexcept {
    return there_failed && back.bytes == 0 && !terms.with_people;
  }
  void cut_off() {
    cut = true;
    all.request_stop();
  }
};

// Messages must be read whole; of a stream no more is read than what can be sent at once, and less where a
// slow reader must not be taken for a silent one: no more than what a pipe takes at once, if nobody can tell
// what its reader has taken.
std::size_t piece_between(const joint& j, const way& w) {
  if (w.from.keeps_messages()) return w.from.room();
  const std::size_t watched_piece = w.to.send_queue() ? 16384 : 4096;
  const std::size_t most = std::min(w.from.room(), w.to.piece());
  return j.terms.idle ? std::min(most, watched_piece) : most;
}

// A message may be large; most are not, and memory that nobody touches costs nothing.
std::unique_ptr<std::byte[]> room_for(std::size_t size) {
  return std::make_unique_for_overwrite<std::byte[]>(size);
}

std::string has_ended(const joint& j, const way& w) {
  const std::string bytes = std::to_string(w.bytes) + " bytes";
  if (!j.terms.with_people) return w.from.peer + ": has finished after " + bytes;
  return (w.which == direction::there ? "end of input after " : "the peer has finished after ") + bytes;
}

// How long one side may read nothing of what a command has said last.
constexpr auto usual_patience = std::chrono::seconds(60);

// How long the first side may take to read what the second had to say when that would hear no more.
constexpr auto last_words = std::chrono::seconds(2);

// How long a side without an end may still answer a peer of datagrams that is heard no longer.
constexpr auto last_answers = std::chrono::seconds(1);

enum class trouble { none, receiving, sending };

// A datagram that is too large for where it goes, or whose sender has no name that could be answered, is
// lost, as datagrams are: the next one may be smaller, and what goes the other way goes on.
bool is_of_one_message(const joint& j, const way& w, const error& e) {
  if (j.terms.with_people || w.to.has_end()) return false;
  return e == errc::message_size || e == errc::destination_address_required;
}

// Everything that comes, until its end, unseen by us.
task<result<void>> convey_all(joint& j, way& w, conveyor& through, trouble& with) {
  for (;;) {
    // What was taken before we were told that it is enough, still goes on.
    const bool enough = w.enough.stop_requested();
    if (enough && through.held() == 0) co_return {};
    const std::stop_token stop = enough ? std::stop_token() : w.enough.get_token();
    const result<std::size_t> moved = co_await through.move().stop_on(stop);
    if (!moved && !enough && w.enough.stop_requested()) continue;
    if (!moved) {
      with = is_of_source(moved.error()) ? trouble::receiving : trouble::sending;
      const bool reset = with == trouble::sending && moved.error() == errc::connection_reset;
      if (reset) j.opposite(w).reset = moved.error();
      co_return std::unexpected(moved.error());
    }
    if (*moved == 0) co_return {};
    j.moved();
    w.bytes += *moved;
  }
}

// The same through our hands.
task<result<void>> pass_pieces(joint& j, way& w, trouble& with) {
  const std::size_t room = piece_between(j, w);
  const auto buffer = room_for(room);
  for (;;) {
    auto receiving = w.from.recv(mutable_buffer(buffer.get(), room)).stop_on(w.enough.get_token());
    const result<arrival> a = co_await std::move(receiving);
    w.dismissed = !a && w.enough.stop_requested();
    if (w.dismissed) co_return {};
    if (!a) {
      with = trouble::receiving;
      co_return std::unexpected(a.error());
    }
    if (a->end) {
      w.dismissed = !w.from.has_end();  // we have ended it
      co_return {};
    }
    j.moved();
    const const_buffer content(buffer.get(), a->size);
    j.passed(w.which, content);
    if (a->size == 0 && !w.to.keeps_messages()) continue;
    if (const result<void> sent = co_await w.to.send(content); !sent) {
      if (is_of_one_message(j, w, sent.error())) {
        if (!std::exchange(w.lost, true) && !j.out.quiet)
          j.out.fail(sent.error().message() + "; it is dropped");
        continue;
      }
      with = trouble::sending;
      if (sent.error() == errc::connection_reset) j.opposite(w).reset = sent.error();
      co_return sent;
    }
    j.moved();
    w.bytes += a->size;
  }
}

// Everything that comes, and then the end.
task<result<void>> pass_all(joint& j, way& w, trouble& with) {
  auto conveyor = j.terms.watched.empty() ? conveyor_between(w.from, w.to) : nullptr;
  result<void> passed;
  if (conveyor) passed = co_await convey_all(j, w, *conveyor, with);
  const bool thrown_away = !passed && with == trouble::sending && w.to.wants_no_more(passed.error());
  if (!conveyor || thrown_away) {
    conveyor.reset();
    with = trouble::none;
    passed = co_await pass_pieces(j, w, with);
  }
  if (!passed) co_return passed;
  // A reset is told once, to whoever asks first; after that the kernel says end. (After a FIN it says EPIPE
  // instead: then the end is one.)
  if (w.reset) {
    with = trouble::receiving;
    co_return std::unexpected(*w.reset);
  }
  if (j.cut) co_return failure(errc::operation_canceled, verb::none);
  j.out.step(has_ended(j, w));
  if (j.is_a_sink_that_failed() && w.which == direction::back) co_return {};
  const bool silent = w.which == direction::there && !j.terms.shutdown && !w.enough.stop_requested();
  if (silent) co_return {};
  with = trouble::sending;
  w.said_end = true;
  const result<void> finished = co_await w.to.finish();
  // Cut off meanwhile: why that is, is what the other direction is about to hear.
  if (!finished && finished.error() == errc::not_connected && !j.opposite(w).over) co_return {};
  co_return finished;
}

// Ends everything after a silence, because that is how replies come to an end.
task<> await_silence(joint& j, duration limit) {
  for (;;) {
    const duration left = j.left_of(limit);
    if (left <= duration::zero()) break;
    if (const result<void> slept = co_await sleep_for(left); !slept) co_return;
  }
  j.conclude();
}

task<> watch_silence(joint& j, duration limit) {
  for (;;) {
    const duration left = j.left_of(limit);
    if (left > duration::zero()) {
      if (const result<void> slept = co_await sleep_for(slow_reader::pause(left, limit)); !slept) co_return;
      if (j.were_heard()) j.moved();
      continue;
    }
    if (j.there.over && j.terms.after_input) co_return;  // the other watch has taken over
    if (!j.terms.idle_is_end) {
      const link& silent = j.terms.with_people ? j.there.to : j.there.from;
      j.silent = !j.failed;
      j.fail(error::about(errc::timed_out, verb::none, silent.peer, "silent for " + seconds_text(limit)));
      co_return j.cut_off();
    }
    // First those that cannot say it are taken to have ended; what the other side makes of that may take as
    // long again. A command takes its time.
    bool news = false;
    for (way* const w : {&j.there, &j.back}) {
      if (w->from.has_end() || w->enough.stop_requested()) continue;
      w->enough.request_stop();
      news = true;
    }
    if (!news) co_return j.cut_off();
    j.moved();
  }
}

// Until the peer of `to` has taken what was sent to it, or has taken nothing for too long. Nobody announces
// that it has, so it is asked for now and then.
task<result<void>> deliver(joint& j, way& w, duration limit) {
  using namespace std::chrono_literals;
  std::optional<std::size_t> left = w.to.send_queue();
  duration pause = 1ms;
  for (time_point last = clock::now(); left && *left > 0;) {
    if (clock::now() - last >= limit) {
      const std::string what = std::to_string(*left) + " bytes were not taken within " + seconds_text(limit);
      co_return std::unexpected(error::about(errc::timed_out, verb::none, w.to.peer, what));
    }
    co_await or_return(sleep_for(pause));
    pause = std::min<duration>(pause * 2, 100ms);
    const std::optional<std::size_t> now = w.to.send_queue();
    if (now != left) {
      last = clock::now();
      j.moved();
    }
    left = now;
  }
  if (w.to.is_broken()) {
    const char* const what = "left before it had taken everything";
    co_return std::unexpected(error::about(errc::connection_reset, verb::none, w.to.peer, what));
  }
  co_return {};
}

// When a command has ended, its client shall have the time to read everything and to finish by itself: were
// it cut off as long as it sends something, what it has not read would be lost. People need none.
task<> grant(joint& j, way& w, duration patience) {
  (void)co_await w.from.settle(true);
  if (j.terms.with_people) co_return j.conclude();
  const duration limit = j.terms.idle.value_or(usual_patience);
  if (const result<void> delivered = co_await deliver(j, w, limit); !delivered) {
    if (delivered.error() == errc::operation_canceled) co_return;
    j.silent = j.silent || (!j.failed && delivered.error() == errc::timed_out);
    j.fail(delivered.error());
    co_return j.cut_off();
  }
  if (const result<void> slept = co_await sleep_for(patience); slept) j.conclude();
}

// What a command has left behind may keep its output open without a word. As long as it says something, or
// somebody has yet to take what it said, it is heard.
task<> part_from_command(joint& j, way& w, duration patience) {
  if (const result<void> gone = co_await w.from.gone(); !gone) co_return;
  for (std::uint64_t before = w.bytes;; before = w.bytes) {
    if (const result<void> slept = co_await sleep_for(patience); !slept || w.over) co_return;
    if (w.bytes == before && !w.from.has_more() && w.from.held_until() <= clock::now()) break;
  }
  j.out.step(w.from.peer + ": has ended, and what it has started says no more");
  w.enough.request_stop();
}

// The second side takes no more, but has something to say: "too large", perhaps. What the first one still
// sends is thrown away meanwhile, for bytes that stay unread when a connection is closed reset it, and take
// what was said with them.
task<> drain(joint& j, way& w) {
  const std::size_t room = piece_between(j, w);
  const auto buffer = room_for(room);
  time_point until = j.back.over ? clock::now() + last_words : time_point::max();
  std::optional<std::size_t> left = w.from.send_queue();
  for (;;) {
    const result<arrival> a = co_await w.from.recv(mutable_buffer(buffer.get(), room)).until(until);
    const std::optional<std::size_t> now = w.from.send_queue();
    if (!a && a.error() == errc::timed_out && now < left) {
      until = clock::now() + last_words;  // it is still reading
      left = now;
      continue;
    }
    if (!a || a->end) break;
  }
  j.draining = false;
  if (j.back.over) j.conclude();
}

// Our side stays open until we are asked to finish, or the peer has finished.
task<> finish_when_asked(joint& j) {
  (void)co_await sleep_for(duration::max()).stop_on(j.terms.finishing);
  if (j.terms.finishing.stop_requested() && !j.back.over) (void)co_await j.there.to.finish();
}

task<> carry(joint& j, way& w) {
  trouble with = trouble::none;
  const result<void> r = co_await pass_all(j, w, with);
  if (!r) j.fail(r.error());
  if (!r && r.error() == errc::operation_canceled && !j.complete && !j.cut) j.stopped = true;
  const bool bearable = with == trouble::sending && w.which == direction::there && w.to.has_end();
  if (!r && !bearable) {
    j.ended(w, r);
    co_return j.cut_off();
  }
  const bool waits_for_us = j.terms.with_people && r && w.which == direction::back && !j.there.over;
  j.there_failed = j.there_failed || (!r && w.which == direction::there);
  j.draining = j.draining || (!r && !j.terms.with_people && w.from.has_end());
  j.ended(w, r);
  if (!r) (void)co_await w.to.finish().within(last_words);
  if (!r && j.draining) co_return co_await drain(j, w);
  if (w.which == direction::back && j.draining) {
    (void)co_await deliver(j, w, last_words);
    if (const result<void> slept = co_await sleep_for(last_words); slept) j.conclude();
    co_return;
  }
  if (const auto patience = w.from.patience()) {
    co_await grant(j, w, *patience);
  } else if (waits_for_us && j.terms.keys) {
    co_return j.conclude();
  } else if (waits_for_us && is_terminal(stream::in)) {
    j.out.note("the peer has finished; Ctrl-D ends our side too");
  }
  if (w.which == direction::back) co_return;
  if (j.terms.after_input) {
    j.moved();
    co_await await_silence(j, *j.terms.after_input);
  } else if (!j.terms.shutdown) {
    co_await finish_when_asked(j);
  }
}

// Where no end ever comes there is nothing to wait for when we are asked to finish.
task<> watch_finishing(joint& j) {
  (void)co_await sleep_for(duration::max()).stop_on(j.terms.finishing);
  if (!j.terms.finishing.stop_requested()) co_return;
  if (!j.there.to.has_end()) j.conclude();
}

// Nobody new comes any more, and of the two sides one is a peer of datagrams that has come, whose end that
// is: it has been sent on whatever it had sent. What the other side answers, which has no end either, is
// heard a while yet.
task<> watch_closing(joint& j) {
  (void)co_await sleep_for(duration::max()).stop_on(j.terms.closing);
  if (!j.terms.closing.stop_requested()) co_return;
  // Not for ever: the end may have been lost on the way (--fault half-open-after).
  while (!j.there.over && !j.back.over && j.left_of(last_answers) > duration::zero()) {
    const result<void> waited = co_await j.news.notified().within(j.left_of(last_answers));
    if (!waited && waited.error() == errc::operation_canceled) co_return;
  }
  if (const result<void> slept = co_await sleep_for(last_answers); !slept) co_return;
  for (way* const w : {&j.there, &j.back}) {
    if (!w->over && !w->from.has_end()) w->enough.request_stop();
  }
}

// A peer of TLS takes a connection that ends without a farewell for one that was cut off.
task<> say_farewell(joint& j) {
  for (way* const w : {&j.there, &j.back}) {
    if (!w->said_end) (void)co_await w->to.finish().within(last_words);
  }
}

}  // namespace

std::string seconds_text(duration d) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g s", std::chrono::duration<double>(d).count());
  return text;
}

task<result<void>> join(link& first, link& second, join_terms terms, const console& out) {
  joint j(first, second, std::move(terms), out);
  const std::stop_callback<pass_on> finish(j.terms.finishing, pass_on{j.there.enough});
  j.all.spawn(carry(j, j.back));
  j.all.spawn(carry(j, j.there));
  if (j.terms.idle) j.all.spawn(watch_silence(j, *j.terms.idle));
  for (way* const w : {&j.there, &j.back}) {
    if (const auto patience = w->from.patience()) j.all.spawn(part_from_command(j, *w, *patience));
  }
  if (!second.has_end()) j.all.spawn(watch_finishing(j));
  if (j.terms.closing.stop_possible()) j.all.spawn(watch_closing(j));
  (void)co_await j.all.join();
  for (way* const w : {&j.there, &j.back}) {
    const bool last_words_of_a_command = w->from.patience() && !j.terms.with_people;
    if (!last_words_of_a_command || j.failed || j.cut) continue;
    const result<void> delivered = co_await deliver(j, *w, j.terms.idle.value_or(usual_patience));
    if (!delivered) j.fail(delivered.error());
  }
  for (way* const w : {&j.there, &j.back}) {
    if (!w->over) j.ended(*w, failure(errc::operation_canceled, verb::none));
  }
  // What ends in the midst must not look whole to the other side. Silence cuts nothing in two, and if only
  // the second side would not hear more, the first one has heard all: if there was anything, for else it
  // would take silence for consent.
  if (j.stopped || (j.failed && j.cut && !j.silent)) first.abort(), second.abort();
  if (!j.cut && j.is_a_sink_that_failed()) first.abort();
  if (!j.stopped && (!j.failed || j.silent)) co_await say_farewell(j);
  const bool whole = !j.failed && !j.cut;
  const result<void> a = co_await first.settle(whole);
  const result<void> b = co_await second.settle(whole);
  for (const way* const w : {&j.there, &j.back}) {
    const auto status = w->from.exited();
    if (!status) continue;
    for (const auto& witness : j.terms.watched) witness->exited(w->which, *status);
  }
  if (j.failed) co_return std::unexpected(*j.failed);
  if (!a) co_return a;
  co_return b;
}

}  // namespace tool
