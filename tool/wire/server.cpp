// SPDX-License-Identifier: MIT
#include "wire/server.hpp"

#include "wire/pass_on.hpp"

namespace tool {

using namespace fairlead;

namespace {

constexpr std::uint64_t most_unasked = 4096;  // peers of datagrams without --max-clients

}  // namespace

void server::close() {
  for (const auto& a : from_) a->close();
}

// Whether the next client may still come. The library pauses after such an error, so trying again does not
// spin; it is said once, until a client could be accepted again.
bool server::survives(const error& e) {
  if (e == errc::message_size) {  // a datagram larger than any that we know: one peer's fault
    if (!out_.quiet) out_.fail(e.message());
    return true;
  }
  if (!is_exhaustion(e)) return false;
  if (!exhausted_) out_.fail(e.message() + "; clients wait until there is room");
  exhausted_ = true;
  return true;
}

void server::leave(std::unique_ptr<link> client) {
  client.reset();
  --clients_;
  left_.notify_all();
}

task<> server::attend(std::unique_ptr<link> client, bool from_backlog) {
  result<void> r = co_await client->enter();
  const bool refused = !r && is_refusal(r.error());
  if (refused || (!r && terms_.once)) {  // it never was a client: the next one may be
    if (!refused && !(r.error() == errc::operation_canceled)) out_.fail(r.error());
    served_ = false;
    co_return leave(std::move(client));
  }
  if (terms_.once && from_backlog) enough_.request_stop();
  if (!r) {
    // Whatever it came for, it has not come in.
  } else if (terms_.service.other) {
    r = co_await terms_.service.other(*client);
  } else if (terms_.service.command) {
    r = co_await exec(*client, terms_.service, out_);
  } else {
    r = co_await echo(*client, terms_.service);
  }
  if (!r && r.error() == errc::operation_canceled) {
    client->abort();  // nobody waits for it to end, and it shall not look as if it had
  } else if (!r) {
    if (terms_.once) {
      failed_ = r.error();
    } else if (!out_.quiet) {
      out_.fail(r.error().message());
    }
  }
  out_.step(client->peer + ": done");
  leave(std::move(client));
  if (terms_.once) enough_.request_stop();
}

// A peer of datagrams does not wait in a backlog: if there is no place for it, its datagram is lost. It costs
// nothing to be many of them, and to lie about where they are: so there is a bound that nobody asked for.
void server::welcome(std::unique_ptr<link> client, bool from_backlog, scope& all) {
  exhausted_ = false;
  const bool crowded = !from_backlog && !terms_.most && clients_ >= most_unasked;
  if (crowded || is_full()) {
    const bool second = terms_.once && served_;
    if (!second && terms_.door != nullptr) return terms_.door->count(refusal::no_place, client->peer);
    return out_.step(client->peer + ": no place left");
  }
  served_ = true;
  ++clients_;
  out_.step(client->peer + ": accepted");
  all.spawn(attend(std::move(client), from_backlog));
}

// With --once until the first one has come in, or has not. False if nobody new shall come any more.
task<bool> server::has_room(const acceptor& a) {
  while (a.has_backlog() && is_full()) {
    const result<void> room = co_await left_.notified().stop_on(enough_.get_token());
    if (!room) co_return false;
  }
  co_return true;
}

task<> server::accept_from(acceptor& a, scope& all) {
  while (!enough_.stop_requested()) {
    if (!co_await has_room(a)) co_return;
    result<std::unique_ptr<link>> client = co_await a.accept().stop_on(enough_.get_token());
    // The last place may have gone to somebody at another address meanwhile.
    if (client && !co_await has_room(a)) co_return;
    if (client) {
      welcome(std::move(*client), a.has_backlog(), all);
    } else if (!enough_.stop_requested() && !survives(client.error())) {
      if (!(client.error() == errc::operation_canceled)) failed_ = client.error();
      break;
    }
  }
}

task<result<void>> server::run() {
  const std::stop_callback<pass_on> finish(terms_.finishing, pass_on{enough_});
  scope clients;
  scope doors;
  for (const auto& a : from_) doors.spawn(accept_from(*a, clients));
  (void)co_await doors.join();
  close();
  out_.step("nobody new comes any more");
  (void)co_await clients.join();
  if (failed_) co_return std::unexpected(*failed_);
  co_return {};
}

}  // namespace tool
