// SPDX-License-Identifier: MIT
#include "bench/iperf3/client.hpp"

#include <algorithm>

#include <fairlead/dial.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/timer.hpp>

#include "bench/iperf3/control.hpp"
#include "bench/iperf3/cpu.hpp"
#include "bench/iperf3/flow.hpp"
#include "bench/progress.hpp"
#include "evidence/account.hpp"
#include "wire/query.hpp"

namespace tool::bench_parts::iperf3 {

namespace {

using namespace fairlead;

constexpr std::chrono::seconds last_word{1};

parameters wanted(const plan& p) {
  parameters asked;
  asked.datagrams = p.datagrams;
  asked.streams = p.count;
  asked.reverse = p.directions == back;
  asked.both = p.directions == (there | back);
  asked.size = p.size;
  // Of each stream; iperf3 counts bits.
  if (p.rate) asked.bits_per_second = std::max<std::uint64_t>(*p.rate * p.size * 8 / p.count, 1);
  // We end it; the server only wants to know when to give up.
  asked.seconds = static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(p.time).count());
  asked.omit = static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(p.warmup).count());
  asked.wide_counters = p.datagrams;
  return asked;
}

struct session {
  session(run& into, const url& where, std::unique_ptr<link> server)
      : r(into),
        to(where),
        asked(wanted(into.p)),
        name(make_cookie()),
        told(std::move(server)),
        counted(into.p.proof, "bench", told.peer(), asked.datagrams) {}
  session(const session&) = delete;
  session& operator=(const session&) = delete;
  ~session() {
    counted.there().bytes = r.now.sent, counted.there().pieces = r.now.sent_messages;
    counted.back().bytes = r.now.received, counted.back().pieces = r.now.done;
    counted.there().how = counted.back().how = r.peer ? ending::finished : ending::given_up;
  }

  run& r;
  const url& to;
  parameters asked;
  cookie name;
  control told;
  account counted;  // of all streams
  std::vector<std::unique_ptr<flow>> flows;
  bool ending = false;    // we have said that the test is over
  bool exchange = false;  // and the server wants to hear how it went
};

task<result<std::unique_ptr<link>>> dial_control(const url& to, dial_log& told) {
  dial_options how(to.family());
  how.log = &told;
  tcp_stream s = co_await or_return(dial_tcp(to.host(), to.port(), std::move(how)));
  co_return make_link(std::move(s));
}

task<result<std::unique_ptr<link>>> open_control(const url& to, evidence* proof) {
  connect_report told;
  auto made = co_await dial_control(to, told.dialled);
  if (proof != nullptr) proof->dialled(to.to_string(), told, made);
  co_return made;
}

// To wherever the control connection has gone: a name may have several addresses.
task<result<std::unique_ptr<link>>> open_stream(session& s, ip_endpoint to) {
  tcp_socket socket = co_await or_return(tcp_socket::open(to.family()));
  co_await or_return(query_options(s.to).apply(socket));
  tcp_stream made = co_await or_return(socket.connect(to));
  co_await or_return(made.send(s.name));
  co_return make_link(std::move(made));
}

task<result<std::unique_ptr<link>>> open_datagrams(session& s, ip_endpoint to) {
  udp_socket socket = co_await or_return(udp_socket::open(to.family()));
  co_await or_return(query_options(s.to).apply(socket));
  co_await or_return(socket.connect(to));
  const auto greeting = datagram_greeting();
  // Not said again: a second one that arrives would be a stream of its own to the server.
  co_await or_return(socket.send(greeting));
  std::vector<std::byte> answer(room_of(transport::udp));
  const std::size_t n = co_await or_return(socket.recv(answer));
  if (!is_answer(std::span(answer).first(n)))
    co_return std::unexpected(s.told.broken("does not greet as iperf3 does on UDP"));
  co_return make_link(std::move(socket));
}

task<result<void>> prepare(session& s) {
  co_await or_return(s.told.socket().send(s.name));
  co_await or_return(s.told.hear(state::param_exchange));
  co_await or_return(s.told.say(to_text(s.asked)));
  co_await or_return(s.told.hear(state::create_streams));
  const endpoint to = co_await or_return(s.told.socket().peer_endpoint());
  for (std::uint64_t i = 0; i < s.asked.all_streams(); ++i) {
    const bool sends = s.asked.both ? i < s.asked.streams : !s.asked.reverse;
    auto opening = s.asked.datagrams ? open_datagrams(s, to.ip()) : open_stream(s, to.ip());
    std::unique_ptr<link> l = co_await or_return(std::move(opening));
    s.flows.push_back(std::make_unique<flow>(std::move(l), i, sends, s.asked, s.r.now));
  }
  co_await or_return(s.told.hear(state::test_start));
  co_await or_return(s.told.hear(state::test_running));
  co_return {};
}

task<> watch_flow(session& s, flow& f) {
  const result<void> ended = co_await f.run();
  if (!ended && !s.ending) s.r.fail(ended.error());
}

// The server's next word: nothing before we have said that the test is over.
task<> watch_server(session& s) {
  const result<void> heard = co_await s.told.hear(state::exchange_results);
  if (heard && !s.ending) co_return s.r.fail(s.told.broken("ends the test before its time"));
  if (!heard) co_return s.r.fail_late(heard.error());
  s.exchange = true;
}

task<> omit_warm_up(session& s) {
  const result<void> slept = co_await sleep_until(s.r.begin).stop_on(s.r.ended.get_token());
  if (!slept) co_return;
  for (const auto& f : s.flows) f->begin_counting();
}

task<> limit(session& s, scope& what) {
  const result<void> slept = co_await sleep_for(s.r.p.timeout);
  if (!slept) co_return;
  s.r.fail_late(error::about(errc::timed_out, verb::none, s.told.peer(), "its results did not come in time"));
  what.request_stop();
}

results ours(const session& s, double cpu) {
  results made;
  made.cpu = cpu;
  made.sends = s.asked.both || !s.asked.reverse;
  for (const auto& f : s.flows) made.streams.push_back(f->result_after(s.r.end - s.r.begin));
  return made;
}

task<result<results>> exchange(session& s, double cpu) {
  co_await or_return(s.told.say(to_text(ours(s, cpu))));
  const std::string text = co_await or_return(s.told.hear_text(longest_results));
  auto theirs = parse_results(text);
  if (!theirs) co_return std::unexpected(s.told.broken("its results are not those of iperf3"));
  co_await or_return(s.told.hear(state::display_results));
  co_await or_return(s.told.say(state::done));
  co_return std::move(*theirs);
}

std::uint64_t whole(std::int64_t n) { return n < 0 ? 0 : static_cast<std::uint64_t>(n); }

void settle(session& s, const results& theirs) {
  run& r = s.r;
  peer_report& told = r.peer.emplace();
  told.cpu = theirs.cpu;
  for (const auto& f : s.flows) {
    const auto found = std::ranges::find(theirs.streams, f->id(), &stream_result::id);
    if (found == theirs.streams.end())
      return r.fail_late(s.told.broken("its results lack stream " + std::to_string(f->id())));
    const counters c = f->counted();
    (f->sends() ? told.received : told.sent) += found->bytes;
    if (!f->sends() && theirs.retransmits && found->retransmits >= 0)
      told.retransmits = told.retransmits.value_or(0) + whole(found->retransmits);
    if (!r.p.datagrams) continue;
    std::optional<losses>& way = f->sends() ? r.towards : r.from;
    losses& l = way ? *way : way.emplace();
    if (f->sends()) {
      l.known_by_peer = true;
      l.sent += c.packets;
      l.lost += whole(found->errors);
      const std::uint64_t known =
          whole(found->packets) - std::min(whole(found->packets), f->omitted().packets);
      l.received += known - std::min(known, whole(found->errors));
    } else {
      l.sent += whole(found->packets) - std::min(whole(found->packets), f->omitted().packets);
      l.received += c.received, l.lost += c.lost, l.reordered += c.reordered;
      l.duplicates += c.duplicates, l.too_late += c.too_late, l.dropped += c.dropped;
    }
    // Of several streams the worst.
    const double jitter = f->sends() ? found->jitter : f->jitter();
    l.jitter = std::max(l.jitter.value_or(duration()),
                        std::chrono::duration_cast<duration>(std::chrono::duration<double>(
                            std::clamp(jitter, 0.0, static_cast<double>(longest_test)))));
  }
}

}  // namespace

task<> measure(run& r, progress& told, url to) {
  auto server = co_await open_control(to, r.p.proof).within(r.p.timeout).stop_on(r.ended.get_token());
  if (!server) co_return r.fail(server.error());
  session s(r, to, std::move(*server));
  const result<void> ready = co_await prepare(s).within(r.p.timeout).stop_on(r.ended.get_token());
  if (!ready) co_return r.fail(ready.error());

  scope receiving;
  scope sending;
  scope watching;
  scope metering;
  r.start();
  const processor_time used;
  watching.spawn(watch_server(s));
  metering.spawn(bench_parts::measure(r, told));
  for (const auto& f : s.flows) (f->sends() ? sending : receiving).spawn(watch_flow(s, *f));
  if (r.p.warmup.count() > 0) metering.spawn(omit_warm_up(s));
  const result<void> measured = co_await metering.join();
  if (!measured) r.fail_late(measured.error());
  const double cpu = used.percent();
  s.ending = true;
  for (const auto& f : s.flows) f->finish();
  if (!r.failed) {
    // Sending goes on to the end of the block, and receiving: else the server would not come to hear us.
    const result<void> said = co_await s.told.say(state::test_end).within(r.p.timeout);
    if (!said) r.fail_late(said.error());
  }
  if (r.failed) watching.request_stop();
  scope limiting;
  limiting.spawn(limit(s, watching));
  const result<void> heard = co_await watching.join();
  limiting.request_stop();
  for (scope* const all : {&sending, &receiving}) {
    all->request_stop();
    (void)co_await all->join();
  }
  if (r.failed || !heard || !s.exchange) co_return;
  for (const auto& f : s.flows) f->drain();
  auto theirs = co_await exchange(s, cpu).within(r.p.timeout);
  if (!theirs) co_return r.fail_late(theirs.error());
  settle(s, *theirs);
  // Until the server has put the test away it would tell the next client that it is busy.
  const result<void> gone = co_await s.told.part().within(last_word);
  (void)gone;
}

}  // namespace tool::bench_parts::iperf3
