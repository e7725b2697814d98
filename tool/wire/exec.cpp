// SPDX-License-Identifier: MIT
// A command for a client: its standard input is what the client sends, its standard output goes to the
// client.
#include <vector>

#include <fairlead/condition.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/process.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/timer.hpp>

#include "wire/join.hpp"
#include "wire/service.hpp"

namespace tool {

namespace {

using namespace fairlead;
using namespace std::chrono_literals;

// How long a client may take to finish when its command has ended, and a command when its client has gone.
constexpr auto patience = 2s;

struct attendance {
  link& client;
  process child;
  std::optional<duration> idle;
  scope all{};
  fairlead::condition changed{};
  std::stop_source enough{};  // the client will be heard no longer
  bool client_over = false;
  bool child_over = false;  // its output has ended and was sent
  time_point last = clock::now();
  std::optional<error> failed{};

  void fail(const error& e) {
    if (!failed && !(e == errc::operation_canceled)) failed = e;
  }
};

// A command need not read its input. What it leaves is thrown away: bytes that stay unread when a connection
// is closed reset it, and the client would lose the command's last words.
task<> feed(attendance& a) {
  std::vector<std::byte> buffer(a.client.room());
  bool listens = true;
  for (;;) {
    const result<arrival> got = co_await a.client.recv(buffer).stop_on(a.enough.get_token());
    if (!got && !a.enough.stop_requested()) a.fail(got.error());
    if (!got || got->end) break;
    a.last = clock::now();
    if (!listens || got->size == 0) continue;
    const result<std::size_t> given = co_await a.child.stream().send(std::span(buffer).first(got->size));
    if (!given && !(given.error() == errc::broken_pipe)) a.fail(given.error());
    listens = given.has_value();
  }
  a.client_over = true;
  a.changed.notify_all();
  (void)co_await a.child.stream().shutdown();
  if (a.failed) a.all.request_stop();
}

task<result<void>> pass_output(attendance& a) {
  std::vector<std::byte> buffer(a.client.piece());
  for (;;) {
    const std::size_t n = co_await or_return(a.child.stream().recv(buffer));
    if (n == 0) break;
    a.last = clock::now();
    co_await or_return(a.client.send(std::span(buffer).first(n)));
    a.last = clock::now();
  }
  co_return co_await a.client.finish();
}

task<> attend(attendance& a) {
  if (const result<void> r = co_await pass_output(a); !r) {
    a.fail(r.error());
    a.all.request_stop();
    co_return;
  }
  a.child_over = true;
  (void)co_await a.child.wait();
  // The client has everything; it shall have the time to read it and to finish by itself.
  const time_point until = clock::now() + patience;
  while (a.client.has_end() && !a.client_over && clock::now() < until) {
    if (const result<void> waited = co_await a.changed.notified(until); !waited) co_return;
  }
  a.all.request_stop();
}

task<> watch_silence(attendance& a, duration limit) {
  for (;;) {
    const duration left = a.last + limit - clock::now();
    if (left <= duration::zero()) break;
    if (const result<void> slept = co_await sleep_for(left); !slept) co_return;
  }
  if (a.child_over) co_return;
  a.enough.request_stop();
  if (!a.client.has_end()) co_return;  // silence is how peers of datagrams say that they are done
  a.fail(silent(a.client, limit));
  a.all.request_stop();
}

// The command's end. One whose client is gone is asked to end, and then made to.
task<result<fairlead::exit_status>> ended(attendance& a) {
  if (a.failed) {
    (void)a.child.stream().close();
    (void)a.child.terminate();
    const result<fairlead::exit_status> s = co_await a.child.wait().within(patience);
    if (s || !(s.error() == errc::timed_out)) co_return s;
    (void)a.child.kill();
  }
  co_return co_await a.child.wait();
}

}  // namespace

task<result<void>> exec(link& client, const service_terms& terms, const console& out) {
  fairlead::command what = fairlead::command::shell(*terms.command);
  what.own_group = true;  // an interrupt is for us: commands may finish
  what.environment.emplace_back("FAIRLEAD_LOCAL", client.local);
  what.environment.emplace_back("FAIRLEAD_PEER", client.peer);
  process child = co_await or_return(process::start(what));
  out.step(client.peer + ": process " + std::to_string(child.id()) + " runs " + *terms.command);

  attendance a{client, std::move(child), terms.idle};
  a.all.spawn(attend(a));
  a.all.spawn(feed(a));
  if (terms.idle) a.all.spawn(watch_silence(a, *terms.idle));
  (void)co_await a.all.join();

  const result<fairlead::exit_status> status = co_await ended(a);
  if (a.failed) co_return std::unexpected(*a.failed);
  if (!status) co_return std::unexpected(status.error());
  out.step(client.peer + ": " + status->to_string());
  if (status->ok()) co_return {};
  co_return std::unexpected(
      error::about(errc::io_error, verb::run, *terms.command, status->to_string() + ", for " + client.peer));
}

}  // namespace tool
