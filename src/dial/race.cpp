// SPDX-License-Identifier: MIT
#include "dial/race.hpp"

#include <algorithm>

#include <fairlead/or_return.hpp>

namespace fairlead::detail {

namespace {

// Some options must be set before connecting, the sizes of buffers above all.
task<result<tcp_stream>> connect_prepared(ip_endpoint at, const dial_options& how) {
  if (!how.prepares()) co_return co_await tcp_stream::connect(at);
  tcp_socket s = co_await or_return(tcp_socket::open(at.family()));
  co_await or_return(how.prepare(s));
  co_return co_await s.connect(at);
}

// "85 µs", "1.2 ms", "12 ms", "1.5 s"
std::string text_of(duration d) {
  const auto tenths = [](auto n) { return std::to_string(n / 10) + '.' + std::to_string(n % 10); };
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(d).count();
  if (us < 1000) return std::to_string(us) + " µs";
  if (us < 10'000) return tenths(us / 100) + " ms";
  if (us < 1'000'000) return std::to_string(us / 1000) + " ms";
  return tenths(us / 100'000) + " s";
}

std::string_view name_of(family f) noexcept { return f == family::ipv6 ? "IPv6" : "IPv4"; }

}  // namespace

task<> race::ask(address_source& source, question& q, port p) {
  q.asked = true;
  auto found = co_await source.addresses(q.of);
  q.answered = clock::now();
  if (found) {
    if (!resolved_) resolved_ = *q.answered - began_;
    queue_.add(*found, p);
  } else {
    q.failed = std::move(found.error());
  }
  news_.notify_all();
}

task<> race::try_one(dial_attempt& a) {
  auto c = co_await connect_prepared(a.peer, how_);
  a.took = clock::now() - began_ - a.began;
  --running_;
  if (!c) {
    // Nobody has to be waited for who has said no.
    a.failed = std::move(c.error());
    next_ = time_point::min();
  } else if (winner_) {
    a.failed = error(errc::operation_canceled, verb::connect);  // both were through in one turn of the loop
  } else {
    winner_ = std::move(*c);
  }
  news_.notify_all();
}

// Addresses of the fourth version give those of the sixth a little time to be known (section 3).
bool race::may_begin(time_point now) const noexcept {
  if (!has_next()) return false;
  if (running_ > 0) return now >= next_;
  const bool early = attempts_.empty() && sixth_.open() && fourth_.answered;
  return !early || now >= *fourth_.answered + how_.resolution_delay;
}

time_point race::next_look() const noexcept {
  if (!has_next()) return time_point::max();
  return running_ > 0 ? next_ : *fourth_.answered + how_.resolution_delay;
}

ip_endpoint race::take_next() {
  if (known_.empty()) return queue_.take();
  const ip_endpoint next = known_.front();
  known_.pop_front();
  return next;
}

void race::begin_next(scope& attempts, time_point now) {
  // The family that RFC 6724 puts first, as far as both are known: one that has no route comes last.
  if (attempts_.empty() && queue_.heads().size() > 1)
    queue_.prefer(order_addresses(queue_.heads()).front().family());
  dial_attempt& a = attempts_.emplace_back(dial_attempt{take_next(), now - began_, {}, {}});
  ++running_;
  next_ = now + how_.attempt_delay;
  attempts.spawn(try_one(a));
}

task<result<tcp_stream>> race::run(address_source* source, port p) {
  if (source == nullptr && known_.size() == 1) co_return co_await run_alone();
  std::optional<error> interrupted;
  scope all;
  if (source != nullptr) {
    if (how_.wanted != family::ipv4) all.spawn(ask(*source, sixth_, p)), sixth_.asked = true;
    if (how_.wanted != family::ipv6) all.spawn(ask(*source, fourth_, p)), fourth_.asked = true;
  }
  while (!winner_ && !interrupted) {
    const time_point now = clock::now();
    if (may_begin(now)) {
      begin_next(all, now);
    } else if (running_ == 0 && !has_next() && !sixth_.open() && !fourth_.open()) {
      break;
    } else {
      const result<void> heard = co_await news_.notified(next_look());
      if (!heard) interrupted = heard.error();
    }
  }
  all.request_stop();
  const result<void> ended = co_await all.join();
  tell();
  if (winner_) co_return std::move(*winner_);
  if (!ended && !interrupted) interrupted = ended.error();
  co_return std::unexpected(verdict(interrupted));
}

// With nobody to race against, no tasks are needed, and the socket's own words say everything.
task<result<tcp_stream>> race::run_alone() {
  dial_attempt& a = attempts_.emplace_back(dial_attempt{take_next(), {}, {}, {}});
  auto c = co_await connect_prepared(a.peer, how_);
  a.took = clock::now() - began_;
  if (!c) a.failed = c.error();
  tell();
  co_return c;
}

// What the names say when there was nobody to try: the less certain answer says more.
const error* race::nameless() const noexcept {
  const bool sixth = sixth_.failed && !(*sixth_.failed == fault::unknown_name);
  if (sixth || !fourth_.failed) return sixth_.failed ? &*sixth_.failed : nullptr;
  return &*fourth_.failed;
}

error race::verdict(const std::optional<error>& interrupted) const {
  if (attempts_.empty() && !interrupted && nameless() != nullptr) return *nameless();
  std::string said;
  const error* last = nullptr;
  const auto add = [&](std::string what) { said += (said.empty() ? "" : "; ") + std::move(what); };
  constexpr std::size_t most_told = 10;
  std::size_t told = 0;
  for (const dial_attempt& a : attempts_) {
    if (!a.failed) continue;
    last = &*a.failed;
    if (++told > most_told) continue;
    add(a.peer.to_string() + ": " + a.failed->reason() + " after " + text_of(a.took));
  }
  if (told > most_told) add("and " + std::to_string(told - most_told) + " others");
  // A look-up that failed matters if it may have hidden an address that would have answered.
  const question* const asked[] = {&sixth_, &fourth_};
  for (const question* const q : asked) {
    if (!q->failed || *q->failed == fault::unknown_name) continue;
    add("looking up its " + std::string(name_of(q->of)) + " addresses: " + q->failed->reason());
  }
  if (interrupted) last = &*interrupted;
  if (said.empty()) said = last->reason();
  return last->reworded(verb::connect, subject_, std::move(said));
}

void race::tell() const {
  if (how_.log == nullptr) return;
  how_.log->attempts.assign(attempts_.begin(), attempts_.end());
  how_.log->resolved = resolved_;
}

}  // namespace fairlead::detail
