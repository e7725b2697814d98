// SPDX-License-Identifier: MIT
// fairlead bench: a client that measures, and with --serve the server that it measures with.
#include <algorithm>
#include <memory>

#include <fairlead/loop.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/signal.hpp>

#include "access/terms.hpp"
#include "bench/datagram_client.hpp"
#include "bench/iperf3/client.hpp"
#include "bench/progress.hpp"
#include "bench/serve.hpp"
#include "bench/stream_client.hpp"
#include "bench/summary.hpp"
#include "command/command.hpp"
#include "evidence/evidence.hpp"
#include "standard_io.hpp"
#include "wire/interrupts.hpp"
#include "wire/open_link.hpp"
#include "wire/pass_on.hpp"
#include "wire/security.hpp"

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
  const plan& p;
  progress told;
  starting_line line;
  std::stop_source ended{};
  std::vector<std::unique_ptr<bench_parts::run>> runs{};  // one a loop
  int number = 0;                                         // of the signal that ended it
};

task<> take_part(measurement& m, bench_parts::run& r) {
  if (m.p.iperf3) return iperf3::measure(r, m.told, m.to);
  return m.p.datagrams ? measure_datagrams(r, m.told, m.to) : measure_streams(r, m.told, m.to);
}

task<result<void>> take_part_unless_asked(measurement& m, const interrupts& signals) {
  const std::stop_callback<pass_on> finish(signals.finishing(), pass_on{m.ended});
  co_await take_part(m, *m.runs.front());
  co_return {};
}

// The first loop hears the signals. The second one ends the other loops by an error.
task<result<void>> lead(measurement& m) {
  const auto work = [&m](const interrupts& signals) { return take_part_unless_asked(m, signals); };
  const conclusion done = co_await until_interrupted(work, m.out);
  m.number = done.signal;
  if (m.number != 0 && m.runs.size() > 1) co_return failure(errc::operation_canceled, verb::run);
  co_return {};
}

task<result<void>> follow(measurement& m, bench_parts::run& r) {
  co_await take_part(m, r);
  co_return {};
}

// Even where it has failed: what was measured until then is worth something.
int conclude(measurement& m, const result<void>& ended, std::string_view on) {
  m.told.end();
  bench_parts::run& r = *m.runs.front();
  for (std::size_t i = 1; i < m.runs.size(); ++i) r.add(*m.runs[i]);
  if (!ended && !r.failed && m.number == 0) r.failed = ended.error();
  const int status = m.number != 0    ? after_signal(m.number)
                     : r.failed       ? static_cast<int>(status_of(*r.failed))
                     : nobody_reads() ? after_signal(signal_number::pipe)
                                      : static_cast<int>(exit_status::ok);
  const bool measured = r.end > r.begin;
  const auto object = [&] { return json_summary(r, m.to.to_string(), on, m.number, status); };
  if (m.p.proof != nullptr && measured) m.p.proof->measured(object());
  if (m.asked.json) {
    show(object() + '\n');
  } else if (measured) {
    show(summary(r, m.to.to_string(), on, m.out));
  }
  if (r.failed && m.number == 0) m.out.fail(r.failed->message());
  return status;
}

int run_client(const settings& asked, console& out, loop_options options) {
  if (asked.arguments.size() > 1)
    return wrong(out, asked.arguments[1] + ": one argument too many without --serve");
  if (asked.max_clients) return wrong(out, "--max-clients: goes with --serve only");
  if (asked.idle) return wrong(out, "--idle: goes with --serve only");
  if (asked.once) return wrong(out, "--once: goes with --serve only");
  if (const std::string_view flag = first_given(asked); !flag.empty())
    return wrong(out, std::string(flag) + ": goes with --serve only");
  const auto to = parse_address(asked.arguments.front());
  if (!to) return out.misused(to.error());
  auto wanted = make_plan(asked, *to);
  if (!wanted) return wrong(out, wanted.error());
  auto terms = connecting_terms(asked, *to, out);
  if (!terms) return out.misused(terms.error());
  wanted->terms = std::move(*terms);
  if (asked.proof != nullptr && asked.proof->reports()) wanted->proof = asked.proof;
  // A loop without a connection would have nothing to do.
  const std::uint64_t loops = std::min(asked.loops.value_or(1), wanted->count);
  auto first = loop::create(options);
  if (!first) return static_cast<int>(out.fail(first.error()));
  const std::string on(to_string(first->backend()));
  measurement m{asked, out, *to, *wanted, {out, *wanted, asked.json, loops}, starting_line(loops)};
  for (std::uint64_t i = 0; i < loops; ++i) {
    m.runs.push_back(std::make_unique<bench_parts::run>(*wanted, part{i, loops}, m.line, m.ended));
  }
  if (loops == 1) return conclude(m, first->run(lead(m)), on);
  const auto make = [&m](unsigned i) { return i == 0 ? lead(m) : follow(m, *m.runs[i]); };
  return conclude(m, run_per_core(make, static_cast<unsigned>(loops), options), on);
}

}  // namespace

int bench(const settings& asked, console& out) {
  loop_options options;
  options.polling = asked.polling.value_or(polling::off);
  if (asked.serve) return bench_parts::serve(asked, out, options);
  return run_client(asked, out, options);
}

}  // namespace tool
