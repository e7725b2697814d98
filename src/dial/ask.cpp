// SPDX-License-Identifier: MIT
#include "dial/ask.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include <fairlead/or_return.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/timer.hpp>
#include <fairlead/udp.hpp>

#include "sys/random.hpp"

namespace fairlead::lookup {

namespace {

using namespace std::chrono_literals;
using stage = inquiry::stage;

// Between attempts to get a descriptor: somebody else may close one.
constexpr duration pause = 20ms;
// A question is asked again after this time, after twice as long, and so on: a datagram that was lost need
// not cost all the time that a server may take.
constexpr duration first_patience = 500ms;
// A question that was sent this long ago fills no receive buffer any more, and others may ask theirs.
constexpr duration in_the_way = 100ms;

bool is_exhaustion(const error& e) noexcept {
  return e == errc::too_many_files_open || e == errc::too_many_files_open_in_system ||
         e == errc::no_buffer_space || e == errc::not_enough_memory;
}

std::string in_words(duration d) {
  if (d % 1s == 0s) return std::to_string(d / 1s) + " s";
  return std::to_string(std::max<std::int64_t>(1, d / 1ms)) + " ms";
}

// What one server is asked.
struct errand {
  const settings& how;
  gate& crowd;
  const std::string& subject;
  std::span<inquiry> all;
  ip_endpoint server;
  time_point until;
  std::uint64_t luck = 0;  // four numbers for questions
  unsigned numbers_left = 0;

  errand(const settings& s, gate& g, const std::string& about, std::span<inquiry> questions)
      : how(s), crowd(g), subject(about), all(questions) {}

  [[nodiscard]] bool any(stage which) const noexcept {
    return std::ranges::any_of(all, [which](const inquiry& q) { return !q.got && q.at == which; });
  }
  [[nodiscard]] bool settled() const noexcept {
    return std::ranges::all_of(all, [](const inquiry& q) { return q.got.has_value(); });
  }
  [[nodiscard]] bool write_query(inquiry& q) {
    if (numbers_left == 0) luck = sys::random_number(), numbers_left = 4;
    --numbers_left;
    const auto number = static_cast<std::uint16_t>(luck);
    luck >>= 16U;
    return q.write_query(number);
  }
  /// The server's time runs from now.
  void begin() { until = clock::now() + how.timeout; }
  // Nothing more is to be had from this server.
  void fail(stage which, std::string_view why, bool tcp = false) {
    const std::string whom = server.to_string() + (tcp ? " over TCP" : "");
    for (inquiry& q : all) {
      if (!q.got && q.at == which) q.fail_at(whom, why);
    }
  }
  void fail_silently(stage which, bool tcp = false) {
    for (inquiry& q : all) q.silence = q.silence || (!q.got && q.at == which);
    fail(which, "no answer within " + in_words(how.timeout), tcp);
  }
  // An error that is not the server's but ends the look-up: the caller's bounds, and want of everything.
  [[nodiscard]] std::optional<error> ends_all(const error& e) const {
    if (e == errc::operation_canceled) return error::about(errc::operation_canceled, verb::resolve, subject);
    // Our own deadline is later than now.
    if (e == errc::timed_out && clock::now() < until)
      return error::about(errc::timed_out, verb::resolve, subject,
                          "timed out while waiting for " + server.to_string());
    if (is_exhaustion(e) && e != errc::no_buffer_space) return e.reworded(verb::resolve, subject);
    return std::nullopt;
  }
  // What an error at this server means: the end of everything, or of it.
  result<void> take(const error& e, stage which, bool tcp = false) {
    if (std::optional<error> end = ends_all(e)) return std::unexpected(std::move(*end));
    if (e == errc::timed_out) {
      fail_silently(which, tcp);
    } else {
      fail(which, e.reason(), tcp);
    }
    return {};
  }
};

enum class next_step : std::uint8_t { go_on, ask_again };

// `over_tcp`: then nothing that comes can be from somebody else.
next_step take_answer(inquiry& q, bytes_view message, const reading& r, const ip_endpoint& server,
                      bool over_tcp) {
  const std::string whom = over_tcp ? server.to_string() + " over TCP" : server.to_string();
  switch (r.what) {
    case verdict::foreign:
      if (over_tcp) q.fail_at(whom, "it answers another question");
      return next_step::go_on;
    case verdict::broken:
      q.fail_at(whom, "its answer is broken: " + std::string(r.why));
      return next_step::go_on;
    case verdict::truncated: q.at = stage::cut_short; return next_step::go_on;
    case verdict::old_fashioned: q.edns = false; return next_step::ask_again;
    case verdict::refused: q.fail_at(whom, name_of_rcode(r.rcode)); return next_step::go_on;
    case verdict::records:
    case verdict::no_records:
    case verdict::no_such_name: break;
  }
  reply said;
  said.what = r.what;
  said.server = server;
  said.ttl = std::chrono::seconds(r.ttl.value_or(0));
  if (r.what == verdict::records) {
    auto read = read_records(message, q.type, r.count);
    if (!read) {
      q.fail_at(whom, "its answer is broken: " + read.error());
      return next_step::go_on;
    }
    said.records = std::make_shared<const record_set>(std::move(*read));
  }
  q.got = std::move(said);
  return next_step::go_on;
}

// Whatever the socket says by ICMP, it says of the server.
task<result<void>> send_all(errand& e, udp_socket& s) {
  for (const inquiry& q : e.all) {
    if (!q.waits()) continue;
    const auto sent = co_await s.send(q.query).until(e.until);
    if (!sent) co_return e.take(sent.error(), stage::waiting);
  }
  co_return {};
}

task<result<void>> over_udp(errand& e) {
  gate::visitor here(e.crowd);
  e.until = time_point::max();  // the time in line is not the server's
  const auto entered = co_await here.enter();
  if (!entered) co_return e.take(entered.error(), stage::waiting);
  e.begin();
  result<udp_socket> made = udp_socket::open(e.server.family());
  while (!made && is_exhaustion(made.error()) && clock::now() < e.until) {
    const auto slept = co_await sleep_for(pause);
    if (!slept) co_return e.take(slept.error(), stage::waiting);
    made = udp_socket::open(e.server.family());
  }
  if (!made) co_return e.take(made.error(), stage::waiting);
  udp_socket s = std::move(*made);
  // A port of our own for each look-up, and only this server may answer: what a forger has to guess (RFC
  // 5452).
  if (const auto connected = s.connect(e.server); !connected)
    co_return e.take(connected.error(), stage::waiting);
  co_await or_return(send_all(e, s));
  const time_point sent_at = clock::now();
  time_point aside = sent_at + in_the_way;
  duration patience = first_patience;
  time_point again = sent_at + patience;
  std::array<unsigned char, largest_datagram> buffer;
  while (e.any(stage::waiting)) {
    const time_point next = std::min({e.until, aside, again});
    const auto size = co_await s.recv(buffer).until(next);
    if (!size && size.error() == errc::timed_out && clock::now() >= next && next < e.until) {
      if (next == aside) {
        here.leave();
        aside = time_point::max();
      } else {
        co_await or_return(send_all(e, s));
        patience *= 2;
        again += patience;
      }
      continue;
    }
    if (!size) {
      if (size.error() != errc::message_size) co_return e.take(size.error(), stage::waiting);
      // More than we said that we take: whoever it was for, it fits nowhere but in a stream.
      for (inquiry& q : e.all) {
        if (q.waits()) q.at = stage::cut_short;
      }
      break;
    }
    const bytes_view message = bytes_view(buffer).first(*size);
    for (inquiry& q : e.all) {
      if (!q.waits()) continue;
      const reading r = read_answer(message, q.query);
      if (r.what == verdict::foreign) continue;
      if (take_answer(q, message, r, e.server, false) == next_step::ask_again) {
        if (!e.write_query(q)) co_return std::unexpected(error(errc::not_enough_memory, verb::resolve));
        const auto sent = co_await s.send(q.query).until(e.until);
        if (!sent) co_return e.take(sent.error(), stage::waiting);
      }
      break;
    }
  }
  co_return {};
}

// RFC 7766; the length comes before each message (RFC 1035, section 4.2.2).
task<result<void>> over_tcp(errand& e) {
  result<tcp_stream> made = co_await tcp_stream::connect(e.server).until(e.until);
  while (!made && is_exhaustion(made.error()) && clock::now() < e.until) {
    const auto slept = co_await sleep_for(pause);
    if (!slept) co_return e.take(slept.error(), stage::cut_short, true);
    made = co_await tcp_stream::connect(e.server).until(e.until);
  }
  if (!made) co_return e.take(made.error(), stage::cut_short, true);
  tcp_stream s = std::move(*made);
  for (inquiry& q : e.all) {
    if (q.got || q.at != stage::cut_short) continue;
    std::array<unsigned char, 2> length{static_cast<unsigned char>(q.query.size() >> 8U),
                                        static_cast<unsigned char>(q.query.size())};
    const std::array<const_buffer, 2> pieces{const_buffer(length), const_buffer(q.query)};
    const auto sent = co_await s.send(const_buffers(pieces)).until(e.until);
    if (!sent) co_return e.take(sent.error(), stage::cut_short, true);
    const auto announced = co_await s.recv_exactly(length).until(e.until);
    if (!announced) co_return e.take(announced.error(), stage::cut_short, true);
    std::vector<unsigned char> message(static_cast<std::size_t>(length[0]) << 8U | length[1]);
    const auto arrived = co_await s.recv_exactly(message).until(e.until);
    if (!arrived) co_return e.take(arrived.error(), stage::cut_short, true);
    const reading r = read_answer(message, q.query, true);
    if (take_answer(q, message, r, e.server, true) == next_step::ask_again)
      q.fail_at(e.server.to_string() + " over TCP", name_of_rcode(r.rcode));
  }
  co_return {};
}

}  // namespace

bool inquiry::write_query(std::uint16_t number) {
  query = make_query(name, type, number, edns);
  return !query.empty();
}

void inquiry::fail_at(const std::string& server, std::string_view why) {
  at = stage::failed;
  std::string said = server + ": " + std::string(why);
  if (std::ranges::find(failures, said) == failures.end()) failures.push_back(std::move(said));
}

task<result<void>> ask(const settings& s, gate& crowd, std::size_t first, const std::string& subject,
                       std::span<inquiry> all) {
  errand e(s, crowd, subject, all);
  for (unsigned round = 0; round < s.tries; ++round) {
    for (std::size_t i = 0; i < s.servers.size(); ++i) {
      e.server = s.servers[(first + i) % s.servers.size()];
      for (inquiry& q : all) {
        if (q.got) continue;
        q.at = stage::waiting;
        q.edns = true;
        if (!e.write_query(q))
          co_return std::unexpected(error::about(errc::not_enough_memory, verb::resolve, subject));
      }
      co_await or_return(over_udp(e));
      if (e.any(stage::cut_short)) {
        e.begin();
        co_await or_return(over_tcp(e));
      }
      if (e.settled()) co_return {};
    }
  }
  co_return {};
}

}  // namespace fairlead::lookup
