// SPDX-License-Identifier: MIT
#include "wire/join.hpp"

#include <cstdio>
#include <vector>

#include <fairlead/scope.hpp>
#include <fairlead/timer.hpp>

namespace tool {

namespace {

using namespace fairlead;

// What the tasks of one join have in common.
struct joint {
  link& to;
  descriptor_stream& io;
  join_terms terms;
  const console& out;
  scope all{};
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  bool input_over = false;
  bool peer_over = false;
  time_point last = clock::now();  // when anything moved
  std::optional<error> failed{};   // the first one

  void fail(const error& e) {
    if (!failed && !(e == errc::operation_canceled)) failed = e;
  }
  void moved() noexcept { last = clock::now(); }
  /// One direction is over. With the other one, everything.
  void ended(bool& which) {
    which = true;
    if (input_over && peer_over) all.request_stop();
  }
};

task<result<void>> send_input(joint& j) {
  std::vector<std::byte> buffer(j.to.piece());
  for (;;) {
    const result<std::size_t> n = co_await j.io.recv(buffer).stop_on(j.terms.finishing);
    if (!n && !j.terms.finishing.stop_requested()) j.fail(n.error());
    if (!n || *n == 0) break;
    j.moved();
    const result<void> sent = co_await j.to.send(std::span(buffer).first(*n));
    if (!sent) co_return sent;
    j.moved();
    j.sent += *n;
  }
  j.out.step("end of input after " + std::to_string(j.sent) + " bytes");
  if (j.terms.shutdown || j.terms.finishing.stop_requested()) co_return co_await j.to.finish();
  co_return {};
}

// Ends everything after a silence: as a failure, or because that is how replies come to an end.
task<> watch_silence(joint& j, duration limit, bool failure) {
  for (;;) {
    const duration left = j.last + limit - clock::now();
    if (left <= duration::zero()) break;
    if (const result<void> slept = co_await sleep_for(left); !slept) co_return;
    if (failure && j.input_over && j.terms.after_input) co_return;  // the other watch has taken over
  }
  if (failure)
    j.fail(error::about(errc::timed_out, verb::none, j.to.peer, "silent for " + seconds_text(limit)));
  j.all.request_stop();
}

// What cannot be sent does not keep us from reading what the peer still has to say.
task<> pump_up(joint& j) {
  if (const result<void> r = co_await send_input(j); !r) j.fail(r.error());
  j.ended(j.input_over);
  if (!j.terms.shutdown && !j.terms.after_input) {
    // Our side stays open until we are asked to finish, or the peer has finished.
    (void)co_await sleep_for(duration::max()).stop_on(j.terms.finishing);
    if (j.terms.finishing.stop_requested() && !j.peer_over) (void)co_await j.to.finish();
  }
  if (!j.terms.after_input) co_return;
  j.moved();
  co_await watch_silence(j, *j.terms.after_input, false);
}

task<result<void>> print_output(joint& j) {
  std::vector<std::byte> buffer(j.to.room());
  for (;;) {
    const result<arrival> a = co_await j.to.recv(buffer);
    if (!a) co_return std::unexpected(a.error());
    if (a->end) break;
    j.moved();
    if (a->size == 0) continue;
    const result<std::size_t> written = co_await j.io.send(std::span(buffer).first(a->size));
    if (!written) co_return std::unexpected(written.error());
    j.moved();
    j.received += a->size;
  }
  j.out.step("the peer has finished after " + std::to_string(j.received) + " bytes");
  if (!j.input_over && is_terminal(stream::in)) j.out.note("the peer has finished; Ctrl-D ends our side too");
  co_return {};
}

task<> pump_down(joint& j) {
  const result<void> r = co_await print_output(j);
  if (!r) {
    j.fail(r.error());
    j.all.request_stop();
  }
  j.ended(j.peer_over);
}

// Where no end ever comes there is nothing to wait for when we are asked to finish.
task<> watch_finishing(joint& j) {
  (void)co_await sleep_for(duration::max()).stop_on(j.terms.finishing);
  if (j.terms.finishing.stop_requested()) j.all.request_stop();
}

}  // namespace

std::string seconds_text(duration d) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g s", std::chrono::duration<double>(d).count());
  return text;
}

task<result<void>> join(link& to, descriptor_stream& io, join_terms terms, const console& out) {
  joint j{to, io, std::move(terms), out};
  j.all.spawn(pump_down(j));
  j.all.spawn(pump_up(j));
  if (j.terms.idle) j.all.spawn(watch_silence(j, *j.terms.idle, true));
  if (!to.has_end()) j.all.spawn(watch_finishing(j));
  (void)co_await j.all.join();
  if (j.failed) co_return std::unexpected(*j.failed);
  co_return {};
}

}  // namespace tool
