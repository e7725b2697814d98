// SPDX-License-Identifier: MIT
#include "transfer/sender.hpp"

#include <algorithm>
#include <cstdio>

#include <fairlead/loop.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/timer.hpp>

#include "figures.hpp"
#include "text.hpp"
#include "transfer/hashing.hpp"
#include "transfer/words.hpp"

namespace tool::transfer {

using namespace fairlead;

namespace {

// Files that were sent and of which the receiver has said nothing yet: more than it can have in its hands.
constexpr std::size_t most_waiting = 4096;

}  // namespace

sender::sender(link& to, std::span<const source> files, duration patience, const console& out, listing hashes,
               ledger* told)
    : talk_(to, side::sender, patience),
      files_(files),
      out_(out),
      hashes_(hashes),
      told_(told),
      meter_(out, stored_in(files)) {
  for (const source& s : files) count_ += s.facts.kind == files::kind::file ? 1 : 0;
  if (told_ != nullptr) told_->expect(count_);
}

task<result<void>> sender::until(const bool& happened) {
  co_await or_return(talk_.flush());
  while (!happened) co_await or_return(heard_.notified());
  co_return {};
}

// A file that we cannot send as it should be: the receiver forgets what it has of it, we go on with the next.
void sender::forget(const source& s, const std::string& why) {
  out_.fail(printable(s.path) + ": " + why + "; the receiver keeps what it had");
  if (told_ != nullptr) told_->settle(number_, fate::taken_back, why);
  if (spoilt_++ == 0) first_spoilt_ = s.path;
}

// How much the receiver has of it, which we have compared.
task<result<std::uint64_t>> sender::agree(const files::file& f, const entry& e, sha256& hash) {
  co_await or_return(until(answered_));
  asking_ = answered_ = false;
  std::uint64_t from = 0;
  if (have_.size > e.size)
    co_return std::unexpected(nonsense(talk_.peer(), "the receiver has more than there is"));
  if (have_.size > 0) {
    sha256 beginning;
    co_await or_return(hash_beginning(f, have_.size, beginning, talk_));
    if (beginning.digest() == have_.hash) {
      from = have_.size;
      hash = std::move(beginning);
    }
  }
  const any_message resumed = message::resumed{from};
  co_await or_return(talk_.put(resumed));
  if (from > 0 && told_ != nullptr) told_->resume(number_, from);
  if (from > 0 && from < e.size) {
    out_.step(printable(e.path) + ": goes on after " + std::to_string(from) + " bytes");
  }
  co_return from;
}

task<result<void>> sender::send_content(const files::file& f, const entry& e, const source& s) {
  sha256 hash;
  std::uint64_t place = 0;
  bool had = false;
  unfinished_.reset();
  if (e.asks) {
    auto agreed = co_await agree(f, e, hash);
    if (!agreed) co_return std::unexpected(agreed.error());
    place = *agreed;
    had = place > 0 && place == e.size;
    meter_.skip(place);
    unfinished_ = begun{&s, place, e.size};
  }
  files::extent stretch{place, place};
  std::size_t turns = 0;
  while (place < e.size) {
    if (place == stretch.end) stretch = f.data_after(place, e.size);
    if (place < stretch.begin) {
      const std::uint64_t hole = stretch.begin - place;
      const any_message skipped = message::hole{hole};
      co_await or_return(talk_.say(skipped));  // at once: it takes as long there as here
      co_await or_return(hash_hole(hole, hash, talk_));
      place = stretch.begin;
      if (unfinished_) unfinished_->place = place;
      continue;
    }
    const std::span<std::byte> room = co_await or_return(talk_.data_room());
    const std::size_t wanted = std::min<std::uint64_t>(room.size(), stretch.end - place);
    const auto n = f.read_at(mutable_buffer(room.first(wanted)), place);
    if (!n) co_return std::unexpected(n.error());
    if (*n < wanted) {
      co_return std::unexpected(error::about(fault::end_of_stream, verb::read, printable(s.path)));
    }
    hash.add(const_buffer(room.first(wanted)));
    co_await or_return(talk_.put_data(wanted));
    place += wanted;
    if (unfinished_) unfinished_->place = place;
    meter_.moved(wanted);
    if (told_ != nullptr) told_->move(number_, wanted);
    if (++turns % 8 == 0) co_await yield();
  }
  // Before it is looked at: more may have come since, and then it has changed.
  const bool more = co_await or_return(has_more(f, e.size));
  const auto after = f.look();
  const files::time then{e.seconds, e.nanoseconds};
  if (!after || after->size != e.size || after->changed != then) {
    co_return std::unexpected(error::about(fault::end_of_stream, verb::read, printable(s.path)));
  }
  if (more) co_return std::unexpected(more_than_said(s.path));
  const digest whole = hash.digest();
  waiting_.push_back({&s, whole, number_, had});
  if (told_ != nullptr) told_->settle(number_, fate::unconfirmed);
  const any_message closed = message::closed{whole};
  co_return co_await talk_.put(closed);
}

task<result<void>> sender::send_one(const source& s) {
  if (s.facts.kind == files::kind::directory) {
    const any_message opened = message::opened{entry_of(s, s.facts)};
    co_return co_await talk_.put(opened);
  }
  if (waiting_.size() >= most_waiting) {
    co_await or_return(talk_.flush());
    while (waiting_.size() >= most_waiting) co_await or_return(heard_.notified());
  }
  if (told_ != nullptr) number_ = told_->begin(s.name(), {}, s.facts.size);
  const auto f = files::open_for_reading(s.path, s.follow);
  if (!f) {
    forget(s, f.error().reason());
    co_return {};
  }
  const auto now = f->look();
  if (!now || now->kind != files::kind::file) {
    forget(s, "is no file any more");
    co_return {};
  }
  // Only of its last name is it certain that no link was followed.
  if (now->device != s.facts.device || now->inode != s.facts.inode) {
    forget(s, "is another file now");
    co_return {};
  }
  const entry e = entry_of(s, *now);
  meter_.begin(e.path, e.stored);
  out_.step(printable(e.path) + ": begins");
  const any_message opened = message::opened{e};
  asking_ = e.asks;  // the answer may be here before we have said it all
  co_await or_return(talk_.put(opened));
  auto gone = co_await send_content(*f, e, s);
  meter_.end();
  if (gone) co_return {};
  // What has to do with the file is not the end of everything.
  const bool changed = gone.error() == fault::end_of_stream && !talk_.broken();
  if (!changed && gone.error().operation() != verb::read) co_return gone;
  unfinished_.reset();
  const std::string why = changed ? "has changed while it was being sent" : gone.error().reason();
  forget(s, why);
  const any_message spoilt = message::spoilt{why};
  co_return co_await talk_.put(spoilt);
}

task<result<void>> sender::send_all() {
  co_await or_return(talk_.say_hello());
  for (const source& s : files_) {
    const any_message planned = message::planned{entry_of(s, s.facts)};
    co_await or_return(talk_.put(planned));
  }
  const any_message all_planned = message::all_planned{};
  co_await or_return(talk_.put(all_planned));
  co_await or_return(until(ready_));
  for (const source& s : files_) co_await or_return(send_one(s));
  finished_ = true;
  const any_message finished = message::finished{};
  co_await or_return(talk_.put(finished));
  co_return co_await until(done_);
}

result<void> sender::take(message::kept k) {
  if (waiting_.empty())
    return std::unexpected(nonsense(talk_.peer(), "the receiver has a file that was not sent"));
  const sent s = waiting_.front();
  waiting_.pop_front();
  if (unfinished_ && unfinished_->what == s.what) unfinished_.reset();
  if (s.hash != k.hash) {
    if (told_ != nullptr) told_->settle(s.number, fate::damaged, "its SHA-256 is another one there");
    return std::unexpected(error::about(errc::bad_message, verb::none, printable(s.what->path),
                                        "has not arrived as it is here: its SHA-256 is another one there"));
  }
  ++kept_;
  had_ += s.had ? 1 : 0;
  if (told_ != nullptr) told_->settle(s.number, s.had ? fate::had : fate::whole, sha256::hex(k.hash));
  return print_hash(out_, hashes_, k.hash, s.what->name());
}

task<result<void>> sender::hear_all() {
  co_await or_return(talk_.hear_hello(false));
  for (;;) {
    any_message m = co_await or_return(talk_.next());
    if (auto* const kept = std::get_if<message::kept>(&m)) {
      co_await or_return(take(*kept));
    } else if (auto* const have = std::get_if<message::have>(&m); have != nullptr && asking_ && !answered_) {
      have_ = *have;
      answered_ = true;
    } else if (std::holds_alternative<message::ready>(m) && !ready_) {
      ready_ = true;
    } else if (std::holds_alternative<message::done>(m) && finished_) {
      if (!waiting_.empty()) {
        co_return std::unexpected(nonsense(talk_.peer(), "the receiver has ended without all files"));
      }
      done_ = true;
      heard_.notify_all();
      co_return {};
    } else if (auto* const over = std::get_if<message::given_up>(&m)) {
      const std::string why = "the receiver has given up: " + printable(over->why);
      // It looks at one after the other.
      if (over->damaged && told_ != nullptr && !waiting_.empty())
        told_->settle(waiting_.front().number, fate::damaged, over->why);
      co_return std::unexpected(
          error::about(over->damaged ? errc::bad_message : errc::io_error, verb::none, {}, why));
    } else if (std::holds_alternative<message::planned>(m)) {
      co_return std::unexpected(nonsense(
          talk_.peer(), "sends back what it hears, or is a fairlead send: it must be a fairlead receive"));
    } else {
      co_return std::unexpected(nonsense(talk_.peer(), "the receiver speaks out of turn"));
    }
    heard_.notify_all();
  }
}

// The receiver says why before it leaves: so, when it takes nothing more, what it says comes first. But it
// may live on without a word.
task<> sender::speak(scope& all) {
  result<void> r = co_await send_all();
  if (r) co_return;
  if (!done_) spoke_ = r.error();
  if (talk_.broken()) (void)co_await sleep_for(longest_parting);
  all.request_stop();
}

// Speaking has no limit of its own: whatever listening ends with ends it.
task<> sender::listen(scope& all) {
  result<void> r = co_await hear_all();
  if (!r) heard_error_ = r.error();
  all.request_stop();
}

error sender::in_context(const error& e) const {
  if (is_of_output(e)) return e;
  std::string said = e == errc::operation_canceled ? "interrupted" : e.message();
  said += "; " + count_of(kept_, "file");
  said += " of " + count_text(count_) + (kept_ == 1 ? " is" : " are") + " whole there";
  if (unfinished_ && unfinished_->place > 0) {
    said += ", and of " + printable(unfinished_->what->name()) + ' ' +
            amount_text(static_cast<double>(unfinished_->place));
    said += " of " + amount_text(static_cast<double>(unfinished_->size)) + " were sent";
  }
  // Who was refused beforehand will be refused again.
  if (ready_ && kept_ < count_) said += ": send again to go on";
  return e.reworded(verb::none, {}, said);
}

task<result<void>> sender::run() {
  scope all;
  all.spawn(speak(all));
  all.spawn(listen(all));
  (void)co_await all.join();
  const bool canceled = heard_error_ && *heard_error_ == errc::operation_canceled;
  std::optional<error> why = heard_error_ && !(canceled && spoke_) ? heard_error_ : spoke_;
  if (!why && !done_) why = error(errc::operation_canceled);
  if (!why && spoilt_ > 0) {
    std::string said = printable(first_spoilt_);
    if (spoilt_ > 1) said += " and " + count_of(spoilt_ - 1, "other");
    said += " could not be sent";
    why = error::about(errc::io_error, verb::none, {}, said);
  }
  if (!talk_.broken() && (!why || !(*why == errc::operation_canceled))) {
    if (why && !done_) {
      const any_message last = message::given_up{*why == errc::bad_message, why->message()};
      (void)co_await talk_.say(last).within(longest_parting);
    }
    co_await talk_.part();
  }
  if (!why) co_return {};
  co_return std::unexpected(in_context(*why));
}

}  // namespace tool::transfer
