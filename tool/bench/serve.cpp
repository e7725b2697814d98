// SPDX-License-Identifier: MIT
#include "bench/serve.hpp"

#include <algorithm>
#include <array>
#include <atomic>

#include <fairlead/or_return.hpp>
#include <fairlead/timer.hpp>

#include "access/terms.hpp"
#include "bench/attended.hpp"
#include "bench/datagram_server.hpp"
#include "bench/iperf3/server.hpp"
#include "bench/plan.hpp"
#include "bench/stream_server.hpp"
#include "evidence/account.hpp"
#include "wire/interrupts.hpp"
#include "wire/open_link.hpp"
#include "wire/pass_on.hpp"
#include "wire/server.hpp"

namespace tool::bench_parts {

namespace {

using namespace fairlead;
using namespace std::chrono_literals;

// How long nobody must have been there for the first client to be taken for gone: it may have several
// connections, one after the other.
constexpr auto absence = 1s;
constexpr auto pace = 100ms;

int wrong(const console& out, const std::string& sentence) {
  out.fail(sentence);
  return static_cast<int>(exit_status::usage);
}

// What one loop serves.
struct share {
  doorkeeper* door = nullptr;
  acceptors from{};
  datagram_hosts hosts{};
};

struct serving {
  serving(const settings& a, const console& o) : asked(a), out(o) {}

  const settings& asked;
  const console& out;
  std::vector<url> at;
  std::vector<entrance> how;                       // of each
  std::vector<std::unique_ptr<doorkeeper>> doors;  // of each loop
  std::vector<share> shares;
  std::vector<std::string> names;       // of all that listens
  std::stop_source finishing;           // no more clients
  attendance present;                   // with --once, which has one loop
  std::atomic<std::size_t> others = 0;  // loops but the first that still serve
  std::stop_source alone;               // turns when there are none
  int number = 0;                       // of the signal that ended it
};

bool of_datagrams(const url& at) {
  return at.transport() == transport::udp || at.transport() == transport::unix_datagram;
}

task<result<void>> serve_client(link& client, session_terms terms, evidence* proof) {
  account counted(proof, client.peer, "bench", false);
  report r;
  const result<void> served = co_await serve_stream(client, std::move(terms), r);
  counted.there().bytes = r.received, counted.back().bytes = r.sent;
  tool::conclude(counted.there(), served);
  counted.back().how = served ? ending::finished : ending::given_up;
  co_return served;
}

task<result<void>> serve_streams(serving& s, acceptors from, doorkeeper& door) {
  server_terms terms;
  terms.service.other = [&s, &door](link& client) {
    session_terms session{door.new_paces(), s.asked.idle, s.asked.once ? &s.present : nullptr};
    return serve_client(client, std::move(session), s.asked.proof);
  };
  terms.most = s.asked.max_clients;
  terms.door = &door;
  terms.finishing = s.finishing.get_token();
  server all(std::move(from), std::move(terms), s.out);
  co_return co_await all.run();
}

task<result<void>> serve_iperf3(const serving& s, acceptors from, doorkeeper& door) {
  iperf3::server all(std::move(from), door, s.asked.once, s.out, s.asked.proof);
  co_return co_await all.run(s.finishing.get_token());
}

task<result<void>> serve_datagrams(serving& s, datagram_host& host, doorkeeper& door) {
  datagram_server all(host, s.asked.max_clients, door, s.out, s.asked.proof);
  if (s.asked.idle) all.use_idle(*s.asked.idle);
  if (s.asked.once) all.use(s.present);
  co_return co_await all.run(s.finishing.get_token());
}

// All addresses are opened before the first client comes. If one can serve no longer, all end.
task<> serve_one_kind(task<result<void>> work, result<void>& ended, scope& all) {
  result<void> r = co_await std::move(work);
  if (r) co_return;
  if (ended && !(r.error() == errc::operation_canceled)) ended = std::move(r);
  all.request_stop();
}

// Opens an address for every loop. Unix sockets cannot be shared: they are the first loop's.
task<result<void>> open(serving& s, const url& at, const entrance& how) {
  const bool shared = s.shares.size() > 1;
  const bool repeated = shared && (at.transport() == transport::tcp || at.transport() == transport::udp);
  share& first = s.shares.front();
  if (of_datagrams(at)) {
    datagram_hosts some = co_await or_return(open_datagram_hosts(at, repeated));
    for (std::size_t i = 1; repeated && i < s.shares.size(); ++i) {
      for (const auto& h : some) {
        auto beside = open_datagram_host(at, h->where(), true);
        s.shares[i].hosts.push_back(co_await or_return(std::move(beside)));
      }
    }
    for (auto& h : some) s.names.push_back(h->name), first.hosts.push_back(std::move(h));
  } else {
    acceptors some = co_await or_return(open_acceptors(at, how, repeated));
    for (std::size_t i = 1; repeated && i < s.shares.size(); ++i) {
      acceptors beside = co_await or_return(open_beside(at, how, some));
      for (auto& a : beside) s.shares[i].from.push_back(std::move(a));
    }
    for (auto& a : some) s.names.push_back(a->name), first.from.push_back(std::move(a));
  }
  co_return {};
}

task<result<void>> open_all(serving& s) {
  for (std::size_t i = 0; i < s.at.size(); ++i) co_await or_return(open(s, s.at[i], s.how[i]));
  co_return {};
}

// By value: its sockets are the loop's that runs this, and go with it.
task<result<void>> serve_share(serving& s, share ours) {
  guard(ours.from, *ours.door, false, pacing::by_the_service);
  result<void> ended;
  scope all;
  if (!ours.from.empty()) {
    auto streams = s.asked.iperf3 ? serve_iperf3(s, std::move(ours.from), *ours.door)
                                  : serve_streams(s, std::move(ours.from), *ours.door);
    all.spawn(serve_one_kind(std::move(streams), ended, all));
  }
  for (const auto& h : ours.hosts) all.spawn(serve_one_kind(serve_datagrams(s, *h, *ours.door), ended, all));
  (void)co_await all.join();
  co_return ended;
}

task<result<void>> serve_beside(serving& s, share ours) {
  const result<void> ended = co_await serve_share(s, std::move(ours));
  if (s.others.fetch_sub(1) == 1) s.alone.request_stop();
  co_return ended;
}

task<> finish_after_the_first(serving& s) {
  for (;;) {
    if (s.present.any_came && s.present.here == 0 && clock::now() >= s.present.left + absence) break;
    const result<void> slept = co_await sleep_for(pace);
    if (!slept) co_return;
  }
  s.finishing.request_stop();
}

task<result<void>> serve_until_alone(serving& s, const interrupts& signals) {
  const std::stop_callback<pass_on> finish(signals.closing(), pass_on{s.finishing});
  scope watching;
  if (s.asked.once && !s.asked.iperf3) watching.spawn(finish_after_the_first(s));
  const result<void> ended = co_await serve_share(s, std::move(s.shares.front()));
  watching.request_stop();
  (void)co_await watching.join();
  if (ended && s.others.load() != 0) {
    const result<void> waited = co_await sleep_for(duration::max()).stop_on(s.alone.get_token());
    (void)waited;
  }
  co_return ended;
}

// The first loop's, which hears the signals. That it ends by an error ends the others, too.
task<result<void>> serve_first(serving& s) {
  for (const std::string& name : s.names) s.out.announce("listening " + name);
  const auto work = [&s](const interrupts& signals) { return serve_until_alone(s, signals); };
  const conclusion done = co_await until_interrupted(work, s.out, s.asked.listen_for);
  s.number = done.signal;
  if (done.ended && s.others.load() != 0) co_return failure(errc::operation_canceled, verb::run);
  co_return done.ended;
}

// What a server cannot be told: the client decides it.
const flag* of_the_client(const settings& asked) {
  constexpr std::array<std::string_view, 21> ours = {
      "allow", "deny",   "max-clients", "max-per-address", "rate",  "rate-all", "idle", "once",   "for",
      "serve", "iperf3", "loops",       "polling",         "quiet", "verbose",  "help", "report", "ca",
      "cert",  "key",    "alpn"};
  const auto given = [&](const auto& member) {
    using type = std::remove_cvref_t<decltype(asked.*member)>;
    if constexpr (std::is_same_v<type, bool>)
      return asked.*member;
    else if constexpr (std::is_same_v<type, std::vector<std::string>>)
      return !(asked.*member).empty();
    else
      return (asked.*member).has_value();
  };
  for (const flag* f : flags_of(on_bench)) {
    if (std::ranges::find(ours, f->name) == ours.end() && std::visit(given, f->into)) return f;
  }
  return nullptr;
}

// The sentence about what contradicts itself, if anything does.
std::string contradiction(const settings& asked) {
  if (const flag* const f = of_the_client(asked))
    return "--" + std::string(f->name) + ": is for the client; the server does what its clients say";
  if (asked.iperf3 && asked.max_clients) return "--max-clients: an iperf3 server has one client at a time";
  if (asked.iperf3 && asked.max_per_address)
    return "--max-per-address: an iperf3 server has one client at a time, with as many connections as it "
           "needs";
  if (asked.iperf3 && (asked.client_rate || asked.total_rate)) {
    return std::string(asked.client_rate ? "--rate" : "--rate-all") +
           ": the rate of iperf3 is the client's to choose (its -b)";
  }
  if (asked.iperf3 && asked.idle) return "--idle: a test of iperf3 has a deadline for each step";
  if (asked.iperf3 && asked.loops) return "--loops: an iperf3 server has one client at a time";
  if (asked.loops.value_or(1) > most_loops) return "--loops: must be 1 to " + std::to_string(most_loops);
  if (asked.loops && asked.max_clients)
    return "--max-clients and --loops: choose one; each loop counts by itself";
  if (asked.loops && asked.max_per_address)
    return "--max-per-address and --loops: choose one; each loop counts by itself";
  if (asked.loops && asked.total_rate)
    return "--rate-all and --loops: choose one; each loop counts by itself";
  if (asked.loops && asked.once) return "--once and --loops: choose one; each loop counts by itself";
  return {};
}

}  // namespace

int serve(const settings& asked, console& out, loop_options options) {
  if (const std::string sentence = contradiction(asked); !sentence.empty()) return wrong(out, sentence);
  serving s(asked, out);
  for (const std::string& word : asked.arguments) {
    const auto at = parse_address(word);
    if (!at) return out.misused(at.error());
    if (asked.iperf3 && at->transport() != transport::tcp) {
      return wrong(out, word + ": --iperf3 --serve listens at tcp:// addresses, where datagrams come, too");
    }
    auto how = entrance_terms(asked, *at, out);
    if (!how) return out.misused(how.error());
    s.at.push_back(*at);
    s.how.push_back(std::move(*how));
  }
  auto access = access_terms_of(asked, s.at);
  if (!access) return wrong(out, access.error());
  s.shares.resize(asked.loops.value_or(1));
  for (share& ours : s.shares) {
    s.doors.push_back(std::make_unique<doorkeeper>(*access, out));
    ours.door = s.doors.back().get();
  }
  s.others = s.shares.size() - 1;
  result<void> ended = fairlead::run(open_all(s), options);
  if (ended) {
    // One loop runs on this thread.
    const auto make = [&s](unsigned i) {
      return i == 0 ? serve_first(s) : serve_beside(s, std::move(s.shares[i]));
    };
    const auto loops = static_cast<unsigned>(s.shares.size());
    ended = loops == 1 ? fairlead::run(make(0), options) : run_per_core(make, loops, options);
  }
  refusals all;
  for (const auto& door : s.doors) all.add(door->counts());
  if (all.total() != 0) out.note(sentence_of(all));
  if (s.number != 0) return after_signal(s.number);
  return out.verdict(ended);
}

}  // namespace tool::bench_parts
