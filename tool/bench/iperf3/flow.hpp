// SPDX-License-Identifier: MIT
// One data connection, in the one direction that it has: what goes over it, and what is counted.
#pragma once

#include <memory>

#include <fairlead/clock.hpp>
#include <fairlead/task.hpp>

#include "bench/arrivals.hpp"
#include "bench/iperf3/message.hpp"
#include "bench/run.hpp"
#include "wire/link.hpp"

namespace tool::bench_parts::iperf3 {

/// What is counted of a flow; what counts is the difference of two of them.
struct counters {
  std::uint64_t bytes = 0;
  std::uint64_t packets = 0;  ///< datagrams sent, or as many as the receiver knows to have been sent
  std::uint64_t received = 0;
  std::uint64_t lost = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t reordered = 0;
  std::uint64_t too_late = 0;
  std::uint64_t dropped = 0;  ///< by our kernel

  friend counters operator-(const counters& a, const counters& b);
};

class flow {
 public:
  /// Counts in `all` too, where it is the sum of several.
  flow(std::unique_ptr<link> peer, std::uint64_t index, bool sends, const parameters& p, totals& all)
      : peer_(std::move(peer)), index_(index), sends_(sends), p_(p), all_(all) {}

  /// Sends, at the rate that was agreed on, until finish(); or receives until it is stopped. A peer that has
  /// finished is no error: the control connection says why.
  [[nodiscard]] fairlead::task<fairlead::result<void>> run();
  /// Sends no more, once the block that it is in is whole: iperf3 reads whole blocks, and may wait for the
  /// rest before it listens to us.
  void finish() { enough_.request_stop(); }
  /// Takes what is there already: the last of what came before everybody stopped.
  void drain();

  /// To be called last.
  void close() { peer_.reset(); }

  /// What came before does not count.
  void begin_counting() { before_ = now(); }
  [[nodiscard]] counters counted() const { return now() - before_; }
  /// What did not count.
  [[nodiscard]] const counters& omitted() const noexcept { return before_; }
  [[nodiscard]] stream_result result_after(fairlead::duration time) const;

  [[nodiscard]] bool sends() const noexcept { return sends_; }
  [[nodiscard]] std::int64_t id() const noexcept { return id_of_stream(index_); }
  [[nodiscard]] double jitter() const noexcept { return jitter_; }  ///< seconds

 private:
  [[nodiscard]] fairlead::task<fairlead::result<void>> send_bytes(fairlead::tcp_stream& s);
  [[nodiscard]] fairlead::task<fairlead::result<void>> receive_bytes(fairlead::tcp_stream& s);
  [[nodiscard]] fairlead::task<fairlead::result<void>> send_datagrams(fairlead::udp_socket& s);
  [[nodiscard]] fairlead::task<fairlead::result<void>> receive_datagrams(fairlead::udp_socket& s);
  /// Nothing more is to be sent.
  [[nodiscard]] bool is_done() const {
    return enough_.stop_requested() || (p_.bytes != 0 && all_.sent >= p_.bytes);
  }
  [[nodiscard]] fairlead::task<fairlead::result<void>> await_turn(fairlead::time_point begun);
  [[nodiscard]] counters now() const;
  /// How many blocks are due and not sent; and when the next one will be.
  [[nodiscard]] std::uint64_t due(fairlead::time_point begun) const;
  [[nodiscard]] fairlead::time_point next_due(fairlead::time_point begun) const;
  void took(std::span<const std::byte> datagram, std::uint64_t at);

  std::unique_ptr<link> peer_;
  std::uint64_t index_;
  bool sends_;
  const parameters& p_;
  totals& all_;
  std::uint64_t bytes_ = 0;
  std::uint64_t packets_ = 0;  // sent
  arrivals in_;
  double jitter_ = 0;
  std::int64_t transit_ = 0;  // of the last datagram, µs, on two clocks
  bool first_ = true;
  std::stop_source enough_;
  counters before_;
};

}  // namespace tool::bench_parts::iperf3
