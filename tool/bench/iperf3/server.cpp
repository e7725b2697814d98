// SPDX-License-Identifier: MIT
#include "bench/iperf3/server.hpp"

#include <fairlead/or_return.hpp>

#include "bench/iperf3/test.hpp"
#include "wire/pass_on.hpp"

namespace tool::bench_parts::iperf3 {

using namespace fairlead;
using namespace std::chrono_literals;

namespace {

constexpr auto cookie_time = 10s;  // in which a connection must say which test it belongs to
constexpr auto farewell = 2s;      // in which who was refused may read it

task<result<void>> read_cookie(link& client, cookie& into) {
  tcp_stream& s = *std::get<tcp_stream*>(client.socket());
  const result<std::size_t> n = co_await s.recv_exactly(into);
  if (n) co_return {};
  if (n.error() == fault::end_of_stream)
    co_return std::unexpected(error::about(errc::protocol_error, verb::none, client.peer,
                                           "does not speak as iperf3 does; was --iperf3 meant?"));
  co_return std::unexpected(n.error());
}

task<result<void>> refuse(std::unique_ptr<link> client) {
  control told(std::move(client));
  co_await or_return(told.say(state::access_denied));
  co_return co_await told.part();
}

}  // namespace

server::server(acceptors from, doorkeeper& door, bool once, const console& out, evidence* proof)
    : from_(std::move(from)), door_(door), once_(once), out_(out), proof_(proof) {}
server::~server() = default;

task<> server::welcome(std::unique_ptr<link> client) {
  cookie name{};
  const result<void> read = co_await read_cookie(*client, name).within(cookie_time);
  if (!read) {
    if (!(read.error() == errc::operation_canceled)) out_.step(read.error().message());
    co_return;
  }
  if (current_ != nullptr && current_->wants(name)) co_return current_->take(std::move(client));
  if (current_ != nullptr || enough_.stop_requested()) {
    out_.step(client->peer + ": is told that we are busy");
    const result<void> told = co_await refuse(std::move(client)).within(farewell);
    (void)told;
    co_return;
  }
  const std::string who = client->peer;
  out_.step(who + ": a test");
  test t(std::move(client), name, door_, out_, proof_);
  current_ = &t;
  const result<void> ended = co_await t.run();
  current_ = nullptr;
  if (!ended && !(ended.error() == errc::operation_canceled) && !out_.quiet)
    out_.fail(ended.error().message());
  out_.step(who + ": done");
  if (once_) enough_.request_stop();
}

task<> server::accept_from(acceptor& a, scope& clients) {
  while (!enough_.stop_requested()) {
    auto client = co_await a.accept().stop_on(enough_.get_token());
    if (client) {
      clients.spawn(welcome(std::move(*client)));
    } else if (client.error() == errc::operation_canceled) {
      co_return;
    } else if (is_exhaustion(client.error())) {
      out_.step(client.error().message());  // clients wait until there is room
    } else {
      failed_ = client.error();
      co_return;
    }
  }
}

task<result<void>> server::run(std::stop_token finishing) {
  const std::stop_callback<pass_on> finish(finishing, pass_on{enough_});
  scope clients;
  scope doors;
  for (const auto& a : from_) doors.spawn(accept_from(*a, clients));
  // A test that has its streams goes on to its end.
  const result<void> closed = co_await doors.join();
  for (const auto& a : from_) a->close();
  if (!closed) co_return closed;
  const result<void> gone = co_await clients.join();
  if (!gone) co_return gone;
  if (failed_) co_return std::unexpected(*failed_);
  co_return {};
}

}  // namespace tool::bench_parts::iperf3
