// SPDX-License-Identifier: MIT
#include "transfer/receiver.hpp"

#include <algorithm>
#include <chrono>

#include <fairlead/or_return.hpp>

#include "figures.hpp"
#include "text.hpp"
#include "transfer/background.hpp"
#include "transfer/hashing.hpp"
#include "transfer/words.hpp"

namespace tool::transfer {

using namespace fairlead;
using namespace std::chrono_literals;

namespace {

// What is written goes on its way to the disk in such pieces, for the end not to take long.
constexpr std::uint64_t written_at_once = 16U << 20U;
constexpr std::size_t turn = 8;           // pieces of data, after which others may run
constexpr std::size_t turn_entries = 64;  // and entries

// The system tells once that it could not write to the disk; the next try would find a file that looks the
// same, hear of nothing, and acknowledge it. So it shall not look the same.
error not_on_disk(files::file& f, const error& why) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const result<void> changed = f.set_time(
      {seconds.count(), static_cast<std::uint32_t>(std::chrono::nanoseconds(now - seconds).count())});
  std::string said = why.reason();
  said += changed ? "; its time is now that of this failure: receive it again, and it comes anew"
                  : "; remove it, for nobody can tell what of it is on the disk";
  return why.reworded(verb::write, printable(f.name()), said);
}

}  // namespace

struct receiver::incoming {
  const entry& what;
  files::file partial;
  sha256 hash;
  std::uint64_t place = 0;
  std::uint64_t going = 0;  // up to here it is on its way to the disk
};

receiver::receiver(conversation& talk, files::directory& into, const allowance& most, loop& l,
                   const console& out, listing hashes, ledger* told)
    : talk_(talk),
      into_(into),
      most_(most),
      loop_(l),
      out_(out),
      hashes_(hashes),
      ledger_(told),
      target_(into, target::purpose::write) {}

result<void> receiver::admit(tally& so_far, const entry& e) const {
  std::string over;
  if (++so_far.files > most_.files) {
    over = "more than " + count_text(most_.files) + " files are not taken; --max-files allows more";
  } else if (e.size > most_.bytes - so_far.bytes) {
    over = "more than " + amount_text(static_cast<double>(most_.bytes)) +
           " are not taken; --max-size allows more";
  }
  if (!over.empty()) return std::unexpected(error::about(fault::too_long, verb::none, {}, over));
  so_far.bytes += e.size;
  return {};
}

// Hears of everything once before anything is sent: what cannot be done is better known now.
task<result<void>> receiver::survey() {
  target places(into_, target::purpose::look);
  tally all;
  needs wanted;
  const need nothing;
  co_await or_return(wanted.add(into_, nothing));  // so that errors speak of DIR, and not of one in it
  std::uint64_t stored = 0;
  std::uint64_t count = 0;
  for (std::size_t heard = 1;; ++heard) {
    any_message m = co_await or_return(talk_.next());
    if (auto* const p = std::get_if<message::planned>(&m)) {
      co_await or_return(admit(all, p->what));
      if (p->what.kind == entry_kind::directory) {
        co_await or_return(places.enter(p->what));
        need n;
        n.entries = places.is_new() ? 1 : 0;
        co_await or_return(wanted.add(places.ground(), n));
      } else {
        ++count;
        files::directory* const in = co_await or_return(places.reach(p->what.path));
        co_await or_return(places.look_whether_writable());
        const need n = co_await or_return(needed(in, p->what));
        co_await or_return(wanted.add(places.ground(), n));
        stored += p->what.stored;
      }
    } else if (std::holds_alternative<message::all_planned>(m)) {
      break;
    } else {
      co_return std::unexpected(not_due(m));
    }
    co_await or_return(talk_.show_life());
    if (heard % turn_entries == 0) co_await yield();
  }
  co_await or_return(wanted.compare());
  planned_files_ = count;
  if (ledger_ != nullptr) ledger_->expect(count);
  meter_.emplace(out_, stored);
  const any_message ready = message::ready{};
  co_return co_await talk_.say(ready);
}

// What the sender may say at any time, and what it may not.
error receiver::not_due(const any_message& m) {
  const auto* const over = std::get_if<message::given_up>(&m);
  if (over == nullptr) return nonsense(talk_.peer(), "the sender speaks out of turn");
  told_ = true;
  return error::about(over->damaged ? errc::bad_message : errc::io_error, verb::none, {},
                      "the sender has given up: " + printable(over->why));
}

// What the sender says to what we have; nothing if it does not send the file after all.
task<result<std::optional<std::uint64_t>>> receiver::agreed(std::uint64_t offered) {
  any_message m = co_await or_return(talk_.next());
  if (auto* const back = std::get_if<message::spoilt>(&m)) {
    note(fate::taken_back, back->why);
    co_return std::nullopt;
  }
  if (std::holds_alternative<message::given_up>(m)) co_return std::unexpected(not_due(m));
  auto* const r = std::get_if<message::resumed>(&m);
  if (r == nullptr || (r->from != 0 && r->from != offered)) {
    co_return std::unexpected(nonsense(talk_.peer(), "the sender goes on where nobody has been"));
  }
  co_return r->from;
}

task<result<void>> receiver::tell_kept(const entry& e, const digest& hash, fate how) {
  ++kept_;
  had_ += how == fate::had ? 1 : 0;
  note(how, sha256::hex(hash));
  const any_message kept = message::kept{hash};
  co_await or_return(talk_.say(kept));
  co_return print_hash(out_, hashes_, hash, e.path);
}

// A file that looks the same is the same if the hashes are.
task<result<receiver::answer>> receiver::offer_whole(const files::directory& in, const entry& e) {
  const std::string name = name_in(e.path);
  auto opened = in.open_for_reading(name);
  if (!opened && opened.error() == errc::permission_denied) co_return answer::none;
  files::file there = co_await or_return(std::move(opened));
  const files::facts f = co_await or_return(there.look());
  if (f.kind != files::kind::file || f.size != e.size) co_return answer::none;
  const bool permitted = (f.mode & 0777U) == e.mode;
  // The permissions of somebody else's file are not ours to change: so another one takes its place.
  if (!permitted && f.owner != files::our_user()) co_return answer::none;
  sha256 hash;
  co_await or_return(hash_beginning(there, e.size, hash, talk_));
  const digest whole = hash.digest();
  const any_message have = message::have{e.size, whole};
  co_await or_return(talk_.say(have));
  const auto from = co_await or_return(agreed(e.size));
  if (!from) co_return answer::over;
  if (*from != e.size) co_return answer::anew;
  any_message m = co_await or_return(talk_.next());
  if (auto* const back = std::get_if<message::spoilt>(&m)) {
    note(fate::taken_back, back->why);
    co_return answer::over;
  }
  auto* const c = std::get_if<message::closed>(&m);
  if (c == nullptr || c->hash != whole) {
    co_return std::unexpected(nonsense(talk_.peer(), "the sender contradicts itself"));
  }
  if (!permitted) co_await or_return(there.set_mode(e.mode));
  meter_->skip(e.stored);
  if (ledger_ != nullptr) ledger_->resume(number_, e.size);
  result<void> disk;
  co_await or_return(on_disk(there, disk));
  // It may have its name only since a moment before the system went down.
  if (disk) disk = in.sync();
  if (!disk) co_return std::unexpected(not_on_disk(there, disk.error()));
  co_await or_return(tell_kept(e, whole, fate::had));
  co_return answer::over;
}

task<result<receiver::answer>> receiver::offer_partial(incoming& f) {
  const files::facts there = co_await or_return(f.partial.look());
  // All of it or nothing. Who may choose how much of it is hashed can guess it byte by byte.
  const std::uint64_t size = there.size <= f.what.size ? there.size : 0;
  co_await or_return(hash_beginning(f.partial, size, f.hash, talk_));
  const any_message have = message::have{size, f.hash.digest()};
  co_await or_return(talk_.say(have));
  const auto from = co_await or_return(agreed(size));
  if (!from) co_return answer::over;
  f.place = *from;
  if (f.place == 0) f.hash = sha256();
  meter_->skip(f.place);
  if (f.place > 0 && ledger_ != nullptr) ledger_->resume(number_, f.place);
  co_return answer::anew;
}

// The content. False if the sender takes it back.
task<result<bool>> receiver::fill(incoming& f) {
  std::size_t turns = 0;
  for (;;) {
    any_message m = co_await or_return(talk_.next());
    if (auto* const d = std::get_if<message::data>(&m)) {
      if (d->bytes.size() > f.what.size - f.place) {
        co_return std::unexpected(nonsense(talk_.peer(), "a file is longer than the sender said"));
      }
      co_await or_return(f.partial.write_at(const_buffer(d->bytes), f.place));
      f.hash.add(const_buffer(d->bytes));
      f.place += d->bytes.size();
      partial_size_ = f.place;
      meter_->moved(d->bytes.size());
      if (ledger_ != nullptr) ledger_->move(number_, d->bytes.size());
      if (f.place - f.going >= written_at_once) {
        f.partial.begin_sync({f.going, f.place});
        f.going = f.place;
      }
      // After each: held by --rate, even one takes long.
      co_await or_return(talk_.show_life());
      if (++turns % turn == 0) co_await yield();
    } else if (auto* const h = std::get_if<message::hole>(&m)) {
      if (h->size > f.what.size - f.place) {
        co_return std::unexpected(nonsense(talk_.peer(), "a file is longer than the sender said"));
      }
      co_await or_return(hash_hole(h->size, f.hash, talk_));
      f.place += h->size;
    } else if (auto* const c = std::get_if<message::closed>(&m)) {
      if (f.place != f.what.size) {
        co_return std::unexpected(nonsense(talk_.peer(), "a file is shorter than the sender said"));
      }
      if (f.hash.digest() != c->hash) {
        co_return std::unexpected(error::about(errc::bad_message, verb::none, printable(f.what.path),
                                               "has not arrived as it was sent: its SHA-256 is another one"));
      }
      co_return true;
    } else if (auto* const back = std::get_if<message::spoilt>(&m)) {
      note(fate::taken_back, back->why);
      co_return false;
    } else {
      co_return std::unexpected(not_due(m));
    }
  }
}

// The error given is that of the link. That of the disk comes in `disk`, whatever the link does: the system
// tells it only once.
task<result<void>> receiver::on_disk(const files::file& f, result<void>& disk) {
  background syncing(loop_, [&f] { return f.sync(); });
  result<void> talking;
  while (talking) {
    const auto done = co_await syncing.done_within(1s);
    if (!done) {
      talking = std::unexpected(done.error());
    } else if (*done) {
      break;
    } else {
      talking = co_await talk_.show_life();
    }
  }
  disk = syncing.outcome();
  co_return talking;
}

// Whole: on the disk first, then in its place, so that there is never less than the old file or the new one.
task<result<void>> receiver::keep(files::directory& in, incoming& f) {
  const std::string name = name_in(f.what.path);
  co_await or_return(f.partial.set_size(f.what.size));
  // Until it has its name its owner may read and write it: the next try must be able to.
  co_await or_return(f.partial.set_mode(f.what.mode | 0600U));
  co_await or_return(f.partial.set_time({f.what.seconds, f.what.nanoseconds}));
  const std::string partial = partial_name(name);
  result<void> disk;
  result<void> talking = co_await on_disk(f.partial, disk);
  if (!disk) {
    // The next fsync would find nothing to complain of, and the next try acknowledge what is not there.
    partial_of_.clear();
    std::string said = disk.error().reason();
    const result<void> removed = in.remove(partial);
    said += removed ? "; it is removed, for nobody can tell what of it is on the disk"
                    : "; remove it, for nobody can tell what of it is on the disk";
    co_return std::unexpected(disk.error().reworded(verb::write, printable(f.partial.name()), said));
  }
  co_await or_return(std::move(talking));
  const auto named = in.rename(partial, name);
  partial_of_.clear();
  if (!named) {
    // To receive it again would not help. But whoever knows better has all of it.
    std::string said = named.error().reason() + "; all of it has come, and is kept as ";
    said += printable(partial);
    co_return std::unexpected(named.error().reworded(verb::write, printable(in.at(name)), said));
  }
  if ((f.what.mode & 0600U) != 0600U) {
    co_await or_return(f.partial.set_mode(f.what.mode));
    co_await or_return(on_disk(f.partial, disk));
  }
  if (disk) disk = in.sync();
  if (!disk) co_return std::unexpected(not_on_disk(f.partial, disk.error()));
  co_return {};
}

// That it was looked for is no reason to leave one.
result<void> receiver::remove_if_empty(files::directory& in, const incoming& f) {
  const auto there = f.partial.look();
  if (!there) return std::unexpected(there.error());
  if (there->size > 0) return {};
  return in.remove(partial_name(name_in(f.what.path)));
}

task<result<void>> receiver::receive_one(const entry& e) {
  files::directory& in = *co_await or_return(target_.reach(e.path));
  const std::string name = name_in(e.path);
  meter_->begin(e.path, e.stored);
  if (ledger_ != nullptr) number_ = ledger_->begin(e.path, talk_.peer().peer, e.size);
  auto heard = answer::none;
  if (e.asks) {
    const bool same = co_await or_return(looks_the_same(in, e));
    if (same) heard = co_await or_return(offer_whole(in, e));
  }
  incoming f{e, {}, {}};
  if (heard != answer::over) {
    f.partial = co_await or_return(open_partial(in, name));
    if (e.asks && heard == answer::none) {
      const auto offered = co_await offer_partial(f);
      result<void> removed;
      if (!offered || *offered == answer::over) removed = remove_if_empty(in, f);
      if (!offered) co_return std::unexpected(offered.error());
      co_await or_return(std::move(removed));
      heard = *offered;
    }
  }
  if (heard == answer::over) {
    meter_->end();
    co_return {};
  }
  partial_of_ = in.at(name);
  partial_of_size_ = e.size;
  co_await or_return(f.partial.set_size(f.place));
  f.going = f.place;
  partial_size_ = f.place;
  const bool had = f.place == e.size && f.place > 0;
  auto whole = co_await fill(f);
  meter_->end();
  if (whole && *whole) {
    co_await or_return(keep(in, f));
    co_return co_await tell_kept(e, f.hash.digest(), had ? fate::had : fate::whole);
  }
  if (!whole && whole.error() == errc::bad_message) {
    note(fate::damaged, whole.error().reason());
  } else if (!whole && !talk_.broken() && !(whole.error() == errc::operation_canceled)) {
    note(fate::interrupted, whole.error().message());
  }
  const auto left = f.partial.look();  // a write that failed may have done a part of its work
  partial_size_ = left ? left->size : 0;
  // Nothing to go on with: what the sender takes back, and what has not arrived as it was sent.
  const bool useless = whole || whole.error() == errc::bad_message || partial_size_ == 0;
  if (useless) {
    partial_of_.clear();
    const std::string partial = partial_name(name);
    co_await or_return(in.remove(partial));
  }
  if (whole) co_return {};
  co_return std::unexpected(whole.error());
}

task<result<void>> receiver::receive_all() {
  co_await or_return(survey());
  tally all;
  for (std::size_t heard = 1;; ++heard) {
    any_message m = co_await or_return(talk_.next());
    if (auto* const o = std::get_if<message::opened>(&m)) {
      co_await or_return(admit(all, o->what));
      if (o->what.kind == entry_kind::directory) {
        co_await or_return(target_.enter(o->what));
      } else {
        const entry e = std::move(o->what);
        ++opened_files_;
        co_await or_return(receive_one(e));
      }
    } else if (std::holds_alternative<message::finished>(m)) {
      co_await or_return(target_.leave());
      const any_message done = message::done{kept_};
      co_return co_await talk_.say(done);
    } else {
      co_return std::unexpected(not_due(m));
    }
    co_await or_return(talk_.show_life());
    if (heard % turn_entries == 0) co_await yield();
  }
}

error receiver::in_context(const error& e) const {
  if (is_of_output(e)) return e;
  std::string said = e == errc::operation_canceled ? "interrupted" : e.message();
  const bool counted = kept_ > 0 || planned_files_ > 0;
  if (counted) {
    said += "; " + count_of(kept_, "file");
    said += " of " + count_text(planned_files_) + (kept_ == 1 ? " is" : " are") + " whole";
  }
  if (!partial_of_.empty() && partial_size_ > 0) {
    said += counted ? ", and of " : "; of ";
    said += printable(partial_of_) + ' ' + amount_text(static_cast<double>(partial_size_));
    said += " of " + amount_text(static_cast<double>(partial_of_size_));
    said += " are kept: receive it again to go on from there";
  }
  return e.reworded(verb::none, {}, said);
}

task<result<void>> receiver::run() {
  result<void> r = co_await receive_all();
  if (meter_) meter_->clear();
  if (!r && !told_ && !talk_.broken()) {
    const any_message last = message::given_up{r.error() == errc::bad_message, r.error().message()};
    (void)co_await talk_.say(last);
  }
  co_await talk_.part();
  if (!r) co_return std::unexpected(in_context(r.error()));
  const std::uint64_t announced = std::max(planned_files_, opened_files_);
  if (kept_ >= announced) co_return {};
  std::string said = count_text(kept_) + " of ";
  said += count_of(announced, "file");
  said += " came; the sender has taken back the ";
  said += announced - kept_ == 1 ? "other" : "others";
  co_return std::unexpected(error::about(errc::io_error, verb::none, {}, said));
}

}  // namespace tool::transfer
