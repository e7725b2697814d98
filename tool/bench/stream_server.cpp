// SPDX-License-Identifier: MIT
#include "bench/stream_server.hpp"

#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>

#include "bench/stream_session.hpp"
#include "wire/service.hpp"
#include "wire/slow_reader.hpp"

namespace tool::bench_parts {

namespace {

using namespace fairlead;
using namespace std::chrono_literals;

constexpr auto hello_time = 10s;  // in which a client must say what it wants
constexpr auto grace = 30s;       // after what it said, for the last bytes and the report
constexpr auto farewell = 2s;     // in which who was refused may read why

error nonsense(const link& client, std::string why) {
  return error::about(errc::protocol_error, verb::none, client.peer, std::move(why));
}

template <class Socket>
task<result<std::size_t>> read_hello(Socket& s, record& into) {
  if constexpr (keeps_records<Socket>) {
    co_return co_await s.recv(into);
  } else {
    const result<std::size_t> n = co_await recv_exactly(s, into);
    if (!n && n.error() == fault::end_of_stream) co_return n.error().transferred();
    co_return n;
  }
}

template <class Socket>
task<result<void>> give_report(Socket& s, report r) {
  const record bytes = to_bytes(r);
  co_await or_return(s.send(bytes));
  co_await or_return(s.shutdown());
  co_return {};
}

// Closing while bytes wait to be read would reset the connection, and the reason would be lost.
template <class Socket>
task<result<void>> refuse(Socket& s, refusal why) {
  report r;
  r.why = why;
  co_await or_return(give_report(s, r));
  std::vector<std::byte> rest(receive_room(0));
  for (;;) {
    const result<std::size_t> n = co_await s.recv(rest);
    if (!n || *n == 0) co_return {};
  }
}

template <class Socket>
task<> pour(Socket& s, std::uint32_t size, report& r) {
  const std::vector<std::byte> piece(size);
  for (;;) {
    const result<std::size_t> n = co_await send_piece(s, piece);
    r.sent += n ? *n : n.error().transferred();
    if (!n) co_return;  // stopped; or the receiving direction knows why
  }
}

template <class Socket>
task<result<void>> serve_bulk(Socket& s, link& client, hello h, report& r) {
  std::vector<std::byte> buffer(receive_room(h.size));
  scope pouring;
  if ((h.directions & back) != 0) pouring.spawn(pour(s, h.size, r));
  while (const std::size_t n = co_await or_return(s.recv(buffer))) {
    if ((h.directions & there) == 0)
      co_return std::unexpected(nonsense(client, "sends although it asked to receive only"));
    r.received += n;
  }
  pouring.request_stop();
  (void)co_await pouring.join();
  co_return co_await give_report(s, r);
}

// Whatever comes goes back, without regard for where a request ends.
template <class Socket>
task<result<void>> serve_requests(Socket& s, hello h, report& r) {
  be_prompt(s);
  std::vector<std::byte> buffer(keeps_records<Socket> ? h.size : receive_room(0));
  while (const std::size_t n = co_await or_return(s.recv(buffer))) {
    r.received += n;
    co_await or_return(s.send(std::span(buffer).first(n)));
    r.sent += n;
  }
  co_return co_await give_report(s, r);
}

template <class Socket>
task<result<void>> serve(Socket& s, link& client, attendance* present, report& r) {
  record first;
  const result<std::size_t> n = co_await read_hello(s, first).within(hello_time);
  if (!n && n.error() == errc::timed_out)
    co_return std::unexpected(nonsense(client, "says nothing for 10 s"));
  if (!n) co_return std::unexpected(n.error());
  if (*n == 0) co_return {};
  const auto asked = *n == record_size ? parse_hello(first) : std::nullopt;
  if (!asked) co_return std::unexpected(nonsense(client, "does not speak as `fairlead bench` does"));
  if (!*asked) {
    const result<void> told = co_await refuse(s, asked->error()).within(farewell);
    if (!told && told.error() == errc::operation_canceled) co_return told;
    co_return std::unexpected(nonsense(client, "asks for what this version cannot do"));
  }
  const hello h = **asked;
  const presence here(present);
  switch (h.mode) {
    case mode::bulk: co_return co_await serve_bulk(s, client, h, r).within(h.lasts + grace);
    case mode::requests: co_return co_await serve_requests(s, h, r).within(h.lasts + grace);
    case mode::connect: break;
  }
  co_return co_await give_report(s, r);
}

// One session, and who watches it.
struct watched_session {
  result<void> ended{};
  scope all{};
};

task<> conclude(task<result<void>> serving, watched_session& w) {
  result<void> r = co_await std::move(serving);
  if (!w.all.stop_requested()) w.ended = std::move(r);
  w.all.request_stop();
}

template <class Socket>
task<> watch_silence(const attended<Socket>& s, link& client, duration limit, watched_session& w) {
  time_point last = s.moved();
  slow_reader reader;
  for (;;) {
    const duration left = std::max(last, s.moved()) + limit - clock::now();
    if (left <= duration::zero()) break;
    if (const result<void> slept = co_await sleep_for(slow_reader::pause(left, limit)); !slept) co_return;
    if (reader.has_moved(client)) last = clock::now();
  }
  w.ended = std::unexpected(silent(client, limit));
  w.all.request_stop();
}

template <class Socket>
task<result<void>> attend(Socket& socket, link& client, session_terms terms, report& counted) {
  attended<Socket> s(socket, terms.rates);
  if (!terms.idle) co_return co_await serve(s, client, terms.counted, counted);
  watched_session w;
  w.all.spawn(conclude(serve(s, client, terms.counted, counted), w));
  w.all.spawn(watch_silence(s, client, *terms.idle, w));
  const result<void> joined = co_await w.all.join();
  if (!joined) co_return joined;
  co_return std::move(w.ended);
}

}  // namespace

task<result<void>> serve_stream(link& client, session_terms terms, report& counted) {
  return with_stream(client, [&](auto& s) {
    return terms.need_attention() ? attend(s, client, std::move(terms), counted)
                                  : serve(s, client, terms.counted, counted);
  });
}

}  // namespace tool::bench_parts
