// SPDX-License-Identifier: MIT
#include "bench/run.hpp"

#include <algorithm>

#include <fairlead/timer.hpp>

#include "bench/progress.hpp"
#include "standard_io.hpp"

namespace tool::bench_parts {

using namespace fairlead;
using namespace std::chrono_literals;

namespace {

void add(std::optional<losses>& to, const std::optional<losses>& more) {
  if (!more) return;
  // Sessions of one socket at the server were all told of the same drops.
  const std::uint64_t dropped = std::max(to ? to->dropped : 0, more->dropped);
  (to ? *to : to.emplace()).add(*more);
  to->dropped = dropped;
}

}  // namespace

void losses::add(const losses& l) {
  sent += l.sent, received += l.received, lost += l.lost, reordered += l.reordered;
  duplicates += l.duplicates, too_late += l.too_late, dropped += l.dropped;
}

void run::add(const run& other) {
  counted += other.counted;
  latencies.add(other.latencies);
  unsent += other.unsent;
  unanswered += other.unanswered;
  bench_parts::add(towards, other.towards);
  if (other.from) (from ? *from : from.emplace()).add(*other.from);
  if (!failed) failed = other.failed;
  if (other.end - other.begin > end - begin) begin = other.begin, end = other.end;
}

task<> measure(run& r, progress& told) {
  const std::stop_token enough = r.ended.get_token();
  if (r.p.warmup > 0s) {
    told.warm_up(r.p.warmup);
    const result<void> warm = co_await sleep_until(r.begin).stop_on(enough);
    if (!warm) told.end();
  }
  // As late as the loop was, for the rates to be true.
  const time_point begun = clock::now();
  const totals first = r.now;
  totals before = first;
  time_point from = begun;
  for (unsigned second = 1; from < r.end && !enough.stop_requested(); ++second) {
    const time_point next = std::min(r.begin + second * 1s, r.end);
    const result<void> slept = co_await sleep_until(next).stop_on(enough);
    if (!slept && !enough.stop_requested()) break;  // everything ends

    const time_point at = clock::now();
    const interval i{from - begun, at - begun, r.now - before, r.recent};
    told.passed(second, i);
    if (nobody_reads()) r.ended.request_stop();
    r.recent = histogram();
    before = r.now;
    from = at;
  }
  r.counted = before - first;
  r.over = true;
  r.last_due = std::min(r.last_due, from);
  r.begin = begun;
  r.end = std::max(from, begun);
  r.ended.request_stop();
}

}  // namespace tool::bench_parts
