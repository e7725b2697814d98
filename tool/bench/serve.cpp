// SPDX-License-Identifier: MIT
#include "bench/serve.hpp"

#include <algorithm>
#include <array>
#include <atomic>

#include <fairlead/or_return.hpp>
#include <fairlead/timer.hpp>

#include "bench/datagram_server.hpp"
#include "bench/iperf3/server.hpp"
#include "bench/plan.hpp"
#include "bench/stream_server.hpp"
#include "wire/interrupts.hpp"
#include "wire/open_link.hpp"
#include "wire/server.hpp"

namespace tool::bench_parts {

namespace {

using namespace fairlead;

int wrong(const console& out, const std::string& sentence) {
  out.fail(sentence);
  return static_cast<int>(exit_status::usage);
}

// What one loop serves.
struct share {
  acceptors from;
  datagram_hosts hosts;
};

struct serving {
  serving(const settings& a, const console& o) : asked(a), out(o) {}

  const settings& asked;
  const console& out;
  std::vector<url> at;
  std::vector<entrance> how;  // of each
  std::vector<share> shares;
  std::vector<std::string> names;       // of all that listens
  std::stop_source finishing;           // no more clients
  std::atomic<std::size_t> others = 0;  // loops but the first that still serve
  std::stop_source alone;               // turns when there are none
  int number = 0;                       // of the signal that ended it
};

bool of_datagrams(const url& at) {
  return at.transport() == transport::udp || at.transport() == transport::unix_datagram;
}

task<result<void>> serve_streams(const serving& s, acceptors from) {
  server_terms terms;
  terms.service.other = [](link& client) { return serve_stream(client); };
  terms.most = s.asked.max_clients;
  terms.finishing = s.finishing.get_token();
  server all(std::move(from), std::move(terms), s.out);
  co_return co_await all.run();
}

task<result<void>> serve_iperf3(const serving& s, acceptors from) {
  iperf3::server all(std::move(from), s.out);
  co_return co_await all.run(s.finishing.get_token());
}

task<result<void>> serve_datagrams(const serving& s, datagram_host& host) {
  datagram_server all(host, s.asked.max_clients, s.out);
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
  result<void> ended;
  scope all;
  if (!ours.from.empty()) {
    auto streams =
        s.asked.iperf3 ? serve_iperf3(s, std::move(ours.from)) : serve_streams(s, std::move(ours.from));
    all.spawn(serve_one_kind(std::move(streams), ended, all));
  }
  for (const auto& h : ours.hosts) all.spawn(serve_one_kind(serve_datagrams(s, *h), ended, all));
  (void)co_await all.join();
  co_return ended;
}

task<result<void>> serve_beside(serving& s, share ours) {
  const result<void> ended = co_await serve_share(s, std::move(ours));
  if (s.others.fetch_sub(1) == 1) s.alone.request_stop();
  co_return ended;
}

struct pass_on {
  std::stop_source& to;
  void operator()() const noexcept { to.request_stop(); }
};

task<> conclude(serving& s, const interrupts& signals, scope& all, result<void>& ended) {
  const std::stop_callback<pass_on> finish(signals.finishing(), pass_on{s.finishing});
  ended = co_await serve_share(s, std::move(s.shares.front()));
  if (ended && s.others.load() != 0) {
    const result<void> waited = co_await sleep_for(duration::max()).stop_on(s.alone.get_token());
    (void)waited;
  }
  all.request_stop();
}

// The first loop's, which hears the signals. That it ends by an error ends the others, too.
task<result<void>> serve_first(serving& s) {
  interrupts signals(s.out);
  for (const std::string& name : s.names) s.out.announce("listening " + name);
  result<void> ended;
  scope all;
  all.spawn(signals.watch(all));
  all.spawn(conclude(s, signals, all, ended));
  (void)co_await all.join();
  s.number = signals.number();
  if (ended && s.others.load() != 0) co_return failure(errc::operation_canceled, verb::run);
  co_return ended;
}

// What a server cannot be told: the client decides it.
const flag* of_the_client(const settings& asked) {
  constexpr std::array<std::string_view, 12> ours = {"serve",       "iperf3", "loops",   "polling",
                                                     "max-clients", "quiet",  "verbose", "help",
                                                     "ca",          "cert",   "key",     "alpn"};
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
  if (asked.iperf3 && asked.loops) return "--loops: an iperf3 server has one client at a time";
  if (asked.loops.value_or(1) > most_loops) return "--loops: must be 1 to " + std::to_string(most_loops);
  if (asked.loops && asked.max_clients)
    return "--max-clients and --loops: choose one; each loop counts by itself";
  return {};
}

}  // namespace

int serve(const settings& asked, console& out, loop_options options) {
  if (const std::string sentence = contradiction(asked); !sentence.empty()) return wrong(out, sentence);
  serving s(asked, out);
  for (const std::string& word : asked.arguments) {
    const auto at = parse_address(word);
    if (!at) return static_cast<int>(out.fail(at.error()));
    if (asked.iperf3 && at->transport() != transport::tcp) {
      return wrong(out, word + ": --iperf3 --serve listens at tcp:// addresses, where datagrams come, too");
    }
    auto how = entrance_terms(asked, *at, out);
    if (!how) return out.misused(how.error());
    s.at.push_back(*at);
    s.how.push_back(std::move(*how));
  }
  s.shares.resize(asked.loops.value_or(1));
  s.others = s.shares.size() - 1;
  result<void> ended = run(open_all(s), options);
  if (ended) {
    // One loop runs on this thread.
    const auto make = [&s](unsigned i) {
      return i == 0 ? serve_first(s) : serve_beside(s, std::move(s.shares[i]));
    };
    const auto loops = static_cast<unsigned>(s.shares.size());
    ended = loops == 1 ? run(make(0), options) : run_per_core(make, loops, options);
  }
  if (s.number != 0) return after_signal(s.number);
  return out.verdict(ended);
}

}  // namespace tool::bench_parts
