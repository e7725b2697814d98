// SPDX-License-Identifier: MIT
// One measurement while it runs: what its tasks count, and when counting begins and ends.
#pragma once

#include <optional>
#include <stop_token>

#include <fairlead/error.hpp>
#include <fairlead/task.hpp>

#include "bench/histogram.hpp"
#include "bench/plan.hpp"
#include "bench/rate.hpp"
#include "bench/starting_line.hpp"

namespace tool::bench_parts {

class progress;

/// Since the first byte; what counts is the difference of two of them.
struct totals {
  std::uint64_t sent = 0;  ///< bytes
  std::uint64_t received = 0;
  std::uint64_t sent_messages = 0;  ///< datagrams
  std::uint64_t done = 0;           ///< requests answered, connections made, datagrams received

  friend totals operator-(totals a, const totals& b) {
    a.sent -= b.sent, a.received -= b.received, a.sent_messages -= b.sent_messages, a.done -= b.done;
    return a;
  }
  totals& operator+=(const totals& b) {
    sent += b.sent, received += b.received, sent_messages += b.sent_messages, done += b.done;
    return *this;
  }
};

/// Of datagrams, over the whole session, the warm-up included.
struct losses {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t lost = 0;
  std::uint64_t reordered = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t too_late = 0;
  /// How often the kernel had no room at the receiving socket: each time for up to 64 datagrams, which it
  /// passes on as one.
  std::uint64_t dropped = 0;
  /// Of iperf3 only: how unevenly they came; and whether it counted, who tells no more than what got lost.
  std::optional<fairlead::duration> jitter;
  bool known_by_peer = false;

  void add(const losses& l);
};

/// What an iperf3 server says of itself, over the time that was measured.
struct peer_report {
  std::uint64_t sent = 0;  ///< bytes
  std::uint64_t received = 0;
  std::optional<std::uint64_t> retransmits;
  double cpu = 0;  ///< percent of a core
};

/// One loop's part of a measurement: of all connections every `loops`-th, beginning with the `index`-th.
struct part {
  std::uint64_t index = 0;
  std::uint64_t loops = 1;
};

struct run {
  run(const plan& wanted, part of, starting_line& with, std::stop_source end_of_all)
      : p(wanted), mine(of), line(with), ended(std::move(end_of_all)) {}
  run(const run&) = delete;
  run& operator=(const run&) = delete;

  const plan& p;
  part mine;
  starting_line& line;
  totals now;
  bool over = false;                      ///< the time is up, or something has failed
  std::stop_source ended;                 ///< turns together with `over`, or just before; one for all loops
  std::optional<fairlead::error> failed;  ///< the first one

  fairlead::time_point begin_issuing;  ///< the first request of a fixed rate is due
  fairlead::time_point begin;          ///< counting begins; before, it warms up
  fairlead::time_point end;
  fairlead::time_point last_due;  ///< no request of a fixed rate is due from here on
  totals counted;                 ///< between the two
  histogram latencies;            ///< of what was due between the two
  histogram recent;               ///< of what has ended since the last interval
  std::uint64_t unsent = 0;       ///< requests that were due, and could not be sent in time
  std::uint64_t unanswered = 0;   ///< sent, but no answer came
  std::optional<losses> towards;  ///< datagrams of bulk to the server
  std::optional<losses> from;     ///< and from it
  std::optional<peer_report> peer;

  /// The time is running from now on.
  void start() {
    begin_issuing = fairlead::clock::now();
    begin = begin_issuing + p.warmup;
    end = last_due = begin + p.time;
  }
  /// Ends the measurement. Being cancelled is no failure.
  void fail(const fairlead::error& e) {
    if (!failed && !over && !(e == fairlead::errc::operation_canceled)) failed = e;
    if (!(e == fairlead::errc::operation_canceled)) ended.request_stop();
  }
  /// What fails after the time is up counts, too.
  void fail_late(const fairlead::error& e) {
    if (e == fairlead::errc::operation_canceled) return;
    if (!failed) failed = e;
    ended.request_stop();
  }
  /// What another loop has measured meanwhile.
  void add(const run& other);
  /// Something that was due at `due` is done.
  void complete(fairlead::time_point due, fairlead::time_point at) {
    ++now.done;
    const auto took = at > due ? static_cast<std::uint64_t>((at - due).count()) : 0U;
    if (due < begin || due >= end) return;
    latencies.record(took);
    recent.record(took);
  }
};

/// After r.start(): counts for the time that is planned, telling what happens; ends early when r.ended turns.
/// Afterwards r.over holds.
[[nodiscard]] fairlead::task<> measure(run& r, progress& told);

}  // namespace tool::bench_parts
