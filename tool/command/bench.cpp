// SPDX-License-Identifier: MIT
// fairlead bench: a client that measures, and with --serve the server that it measures with.
#include <cstdio>

#include <fairlead/loop.hpp>
#include <fairlead/or_return.hpp>

#include "bench/datagram_client.hpp"
#include "bench/datagram_server.hpp"
#include "bench/iperf3/client.hpp"
#include "bench/iperf3/server.hpp"
#include "bench/progress.hpp"
#include "bench/stream_client.hpp"
#include "bench/stream_server.hpp"
#include "bench/summary.hpp"
#include "command/command.hpp"
#include "wire/interrupts.hpp"
#include "wire/open_link.hpp"
#include "wire/server.hpp"

namespace tool {

namespace {

using namespace fairlead;
using namespace bench_parts;

int wrong(const console& out, const std::string& sentence) {
  out.fail(sentence);
  return static_cast<int>(exit_status::usage);
}

// ── The client ──

struct measurement {
  const settings& asked;
  const console& out;
  url to;
  run& r;
};

struct end_early {
  std::stop_source& what;
  void operator()() const noexcept { what.request_stop(); }
};

task<> conclude(measurement& m, progress& told, const interrupts& signals, scope& all) {
  const std::stop_callback<end_early> finish(signals.finishing(), end_early{m.r.ended});
  if (m.r.p.iperf3) {
    co_await iperf3::measure(m.r, told, m.to);
  } else if (m.r.p.datagrams) {
    co_await measure_datagrams(m.r, told, m.to);
  } else {
    co_await measure_streams(m.r, told, m.to);
  }
  all.request_stop();  // nobody needs to watch any more
}

task<int> measure_until_interrupted(measurement& m, backend on) {
  interrupts signals(m.out);
  scope all;
  progress told(m.out, m.r.p, m.asked.json);
  all.spawn(signals.watch(all));
  all.spawn(conclude(m, told, signals, all));
  (void)co_await all.join();
  told.end();
  const int number = signals.number();
  const int status = number != 0  ? after_signal(number)
                     : m.r.failed ? static_cast<int>(status_of(*m.r.failed))
                                  : static_cast<int>(exit_status::ok);
  // Even where it has failed: what was measured until then is worth something.
  if (m.asked.json) {
    std::puts(json_summary(m.r, m.to.to_string(), to_string(on), number, status).c_str());
  } else if (m.r.end > m.r.begin) {
    std::fputs(summary(m.r, m.to.to_string(), to_string(on), m.out).c_str(), stdout);
  }
  std::fflush(stdout);
  if (m.r.failed && number == 0) m.out.fail(m.r.failed->message());
  co_return status;
}

int run_client(const settings& asked, console& out, loop& on) {
  if (asked.arguments.size() > 1)
    return wrong(out, asked.arguments[1] + ": one argument too many without --serve");
  if (asked.max_clients) return wrong(out, "--max-clients: goes with --serve only");
  const auto to = parse_address(asked.arguments.front());
  if (!to) return static_cast<int>(out.fail(to.error()));
  const auto wanted = make_plan(asked, *to);
  if (!wanted) return wrong(out, wanted.error());
  bench_parts::run r(*wanted);
  measurement m{asked, out, *to, r};
  return on.run(measure_until_interrupted(m, on.backend()));
}

// ── The server ──

struct serving {
  const settings& asked;
  const console& out;
  std::vector<url> at;
  result<void> ended;
};

bool of_datagrams(const url& at) {
  return at.transport() == transport::udp || at.transport() == transport::unix_datagram;
}

task<result<void>> serve_streams(const serving& s, acceptors from, std::stop_token finishing) {
  server_terms terms;
  terms.service.other = [](link& client) { return serve_stream(client); };
  terms.most = s.asked.max_clients;
  terms.finishing = std::move(finishing);
  server all(std::move(from), std::move(terms), s.out);
  co_return co_await all.run();
}

task<result<void>> serve_iperf3(const serving& s, acceptors from, std::stop_token finishing) {
  iperf3::server all(std::move(from), s.out);
  co_return co_await all.run(std::move(finishing));
}

task<result<void>> serve_datagrams(const serving& s, datagram_host& host, std::stop_token finishing) {
  datagram_server all(host, s.asked.max_clients, s.out);
  co_return co_await all.run(std::move(finishing));
}

// All addresses are opened before the first client comes. If one can serve no longer, all end.
task<> serve_one_kind(task<result<void>> work, result<void>& ended, scope& all) {
  result<void> r = co_await std::move(work);
  if (r) co_return;
  if (ended && !(r.error() == errc::operation_canceled)) ended = std::move(r);
  all.request_stop();
}

task<result<void>> serve_all(const serving& s, std::stop_token finishing) {
  acceptors from;
  datagram_hosts hosts;
  std::vector<std::string> names;
  for (const url& at : s.at) {
    if (of_datagrams(at)) {
      datagram_hosts some = co_await or_return(open_datagram_hosts(at));
      for (auto& h : some) names.push_back(h->name), hosts.push_back(std::move(h));
    } else {
      acceptors some = co_await or_return(open_acceptors(at));
      for (auto& a : some) names.push_back(a->name), from.push_back(std::move(a));
    }
  }
  for (const std::string& name : names) s.out.announce("listening " + name);
  result<void> ended;
  scope all;
  if (!from.empty()) {
    auto streams = s.asked.iperf3 ? serve_iperf3(s, std::move(from), finishing)
                                  : serve_streams(s, std::move(from), finishing);
    all.spawn(serve_one_kind(std::move(streams), ended, all));
  }
  for (const auto& h : hosts) all.spawn(serve_one_kind(serve_datagrams(s, *h, finishing), ended, all));
  (void)co_await all.join();
  co_return ended;
}

task<> conclude(serving& s, const interrupts& signals, scope& all) {
  s.ended = co_await serve_all(s, signals.finishing());
  all.request_stop();
}

task<int> serve_until_interrupted(serving& s) {
  interrupts signals(s.out);
  scope all;
  all.spawn(signals.watch(all));
  all.spawn(conclude(s, signals, all));
  (void)co_await all.join();
  if (signals.number() != 0) co_return after_signal(signals.number());
  co_return s.out.verdict(s.ended);
}

// What a server cannot be told: the client decides it.
const flag* of_the_client(const settings& asked) {
  const auto given = [&](const auto& member) {
    using type = std::remove_cvref_t<decltype(asked.*member)>;
    if constexpr (std::is_same_v<type, bool>)
      return asked.*member;
    else
      return (asked.*member).has_value();
  };
  for (const flag* f : flags_of(on_bench)) {
    const bool ours = f->name == "serve" || f->name == "iperf3" || f->name == "max-clients" ||
                      f->name == "quiet" || f->name == "verbose" || f->name == "help";
    if (!ours && std::visit(given, f->into)) return f;
  }
  return nullptr;
}

int run_server(const settings& asked, console& out, loop& on) {
  if (const flag* const f = of_the_client(asked))
    return wrong(out,
                 "--" + std::string(f->name) + ": is for the client; the server does what its clients say");
  if (asked.iperf3 && asked.max_clients)
    return wrong(out, "--max-clients: an iperf3 server has one client at a time");
  serving s{asked, out, {}, {}};
  for (const std::string& word : asked.arguments) {
    const auto at = parse_address(word);
    if (!at) return static_cast<int>(out.fail(at.error()));
    if (asked.iperf3 && at->transport() != transport::tcp) {
      return wrong(out, word + ": --iperf3 --serve listens at tcp:// addresses, where datagrams come, too");
    }
    s.at.push_back(*at);
  }
  return on.run(serve_until_interrupted(s));
}

}  // namespace

int bench(const settings& asked, console& out) {
  auto l = loop::create();
  if (!l) return static_cast<int>(out.fail(l.error()));
  return asked.serve ? run_server(asked, out, *l) : run_client(asked, out, *l);
}

}  // namespace tool
