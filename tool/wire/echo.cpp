// SPDX-License-Identifier: MIT
#include <algorithm>
#include <vector>

#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/timer.hpp>

#include "wire/join.hpp"
#include "wire/service.hpp"
#include "wire/slow_reader.hpp"

namespace tool {

using namespace fairlead;

error silent(const link& client, duration limit) {
  return error::about(errc::timed_out, verb::none, client.peer, "silent for " + seconds_text(limit));
}

namespace {

// The other side of an echo, for those who watch.
class mirror final : public link {
 public:
  mirror() { local = peer = "echo"; }
  task<result<arrival>> recv(mutable_buffer) override { return unasked<arrival>(); }
  task<result<void>> send(const_buffer) override { return unasked<void>(); }
  task<result<void>> finish() override { return unasked<void>(); }
  bool has_end() const noexcept override { return true; }
  std::size_t piece() const noexcept override { return 0; }
  std::size_t room() const noexcept override { return 0; }
  void abort() noexcept override {}

 private:
  template <class T>
  static task<result<T>> unasked() {
    co_return failure(errc::operation_not_supported, verb::none);
  }
};

// Tells all of them what becomes of both directions, however it ends.
struct watched_echo {
  witnesses all;
  bool over = false;

  void passed(direction d, const_buffer content) const {
    for (const auto& w : all) w->passed(d, content);
  }
  // Of a client without an end there is none to tell of; and it is not the echo that was cut off.
  void ended(const result<void>& how, bool has_end = true) {
    if (over) return;
    over = true;
    const result<void> ours = how ? how : failure(errc::operation_canceled, verb::none);
    for (const auto& w : all)
      w->ended(direction::there, how, !has_end), w->ended(direction::back, ours, !has_end);
  }
  ~watched_echo() { ended(failure(errc::operation_canceled, verb::none)); }
};

struct conversation {
  link& client;
  const watched_echo& eyes;
  time_point last = clock::now();  // when anything moved
  result<void> ended{};
  bool silent = false;  // for too long
  scope all{};
};

task<result<void>> send_back(conversation& c) {
  const std::size_t room = c.client.room();
  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(room);  // untouched, it takes no memory
  for (;;) {
    const result<arrival> a = co_await c.client.recv(mutable_buffer(buffer.get(), room));
    if (!a && a.error() == fault::truncated) {
      // A peer that ends without the farewell of its layer, as ncat --ssl does, is a failure of its own. What
      // it was sent is whole all the same, and it shall be able to tell.
      (void)co_await c.client.finish();
    }
    if (!a) co_return std::unexpected(a.error());
    if (a->end) break;
    c.last = clock::now();
    const const_buffer content(buffer.get(), a->size);
    c.eyes.passed(direction::there, content);
    c.eyes.passed(direction::back, content);
    co_await or_return(c.client.send(content));
    c.last = clock::now();
  }
  co_return co_await c.client.finish();
}

task<> talk(conversation& c) {
  result<void> r = co_await send_back(c);
  if (!c.silent) c.ended = std::move(r);
  c.all.request_stop();
}

// The deadline belongs to the silence and not to each operation: what we hold back ourselves is none.
task<> watch_silence(conversation& c, duration limit) {
  slow_reader reader;
  for (;;) {
    const duration left = std::max(c.last, c.client.held_until()) + limit - clock::now();
    if (left <= duration::zero()) break;
    if (const result<void> slept = co_await sleep_for(slow_reader::pause(left, limit)); !slept) co_return;
    if (reader.has_moved(c.client)) c.last = clock::now();
  }
  c.silent = true;
  // Silence is how peers of datagrams say that they are done.
  if (c.client.has_end()) c.ended = std::unexpected(silent(c.client, limit));
  c.all.request_stop();
}

task<result<void>> reflect(conversation& c, std::optional<duration> idle) {
  if (!idle) co_return co_await send_back(c);
  c.all.spawn(talk(c));
  c.all.spawn(watch_silence(c, *idle));
  (void)co_await c.all.join();
  co_return std::move(c.ended);
}

}  // namespace

task<result<void>> echo(link& client, const service_terms& terms) {
  const mirror other;
  watched_echo eyes;
  if (terms.watched) eyes.all = terms.watched(client, other);
  conversation c{client, eyes};
  const result<void> done = co_await reflect(c, terms.idle);
  eyes.ended(done, client.has_end());
  co_return done;
}

task<result<void>> echo_datagrams(datagram_host& host, const service_terms& terms, bool once,
                                  const console& out) {
  using namespace std::chrono_literals;
  std::vector<std::byte> buffer(room_of(host.carrier()));
  std::optional<endpoint> only;
  time_point until = time_point::max();  // strangers do not put it off
  for (;;) {
    const result<datagram> d = co_await host.recv_from(buffer).until(until);
    if (!d && only && d.error() == errc::timed_out) co_return {};
    if (!d && d.error() == errc::message_size) {
      if (!out.quiet) out.fail(d.error().message());
      continue;
    }
    if (!d) co_return std::unexpected(d.error());
    if (once && !only) only = d->from;
    if (only && d->from != *only) continue;
    if (only) until = clock::now() + terms.idle.value_or(1s);
    // That one peer cannot be answered is nothing to the others.
    const result<void> sent = co_await host.send_to(std::span(buffer).first(d->size), d->from);
    if (!sent && sent.error() == errc::operation_canceled) co_return sent;
    if (!sent) out.step(sent.error().message());
  }
}

}  // namespace tool
