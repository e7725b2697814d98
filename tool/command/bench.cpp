// SPDX-License-Identifier: MIT
// fairlead bench: a client that measures, and with --serve the server that it measures with.
#include <cstdio>

#include <fairlead/loop.hpp>
#include <fairlead/or_return.hpp>

#include "bench/datagram_client.hpp"
#include "bench/iperf3/client.hpp"
#include "bench/progress.hpp"
#include "bench/serve.hpp"
#include "bench/stream_client.hpp"
#include "bench/summary.hpp"
#include "command/command.hpp"
#include "wire/interrupts.hpp"
#include "wire/open_link.hpp"

namespace tool {

namespace {

using namespace fairlead;
using namespace bench_parts;

int wrong(const console& out, const std::string& sentence) {
  out.fail(sentence);
  return static_cast<int>(exit_status::usage);
}

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
  if (asked.loops) return wrong(out, "--loops: goes with --serve only");
  const auto to = parse_address(asked.arguments.front());
  if (!to) return static_cast<int>(out.fail(to.error()));
  const auto wanted = make_plan(asked, *to);
  if (!wanted) return wrong(out, wanted.error());
  bench_parts::run r(*wanted);
  measurement m{asked, out, *to, r};
  return on.run(measure_until_interrupted(m, on.backend()));
}

}  // namespace

int bench(const settings& asked, console& out) {
  loop_options options;
  options.polling = asked.polling.value_or(polling::off);
  if (asked.serve) return bench_parts::serve(asked, out, options);
  auto l = loop::create(options);
  if (!l) return static_cast<int>(out.fail(l.error()));
  return run_client(asked, out, *l);
}

}  // namespace tool
