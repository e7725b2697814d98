// SPDX-License-Identifier: MIT
#include "bench/iperf3/flow.hpp"

#include <algorithm>
#include <cmath>

#include <fairlead/options.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/timer.hpp>

#include "bench/batch.hpp"

namespace tool::bench_parts::iperf3 {

using namespace fairlead;

namespace {

constexpr std::size_t receive_room = std::size_t{128} << 10U;
constexpr int most_drained = 4096;  // pieces: a peer that sends on and on is not waited for

std::uint64_t now_us() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(clock::now().time_since_epoch()).count());
}

}  // namespace

counters operator-(const counters& a, const counters& b) {
  counters c;
  c.bytes = a.bytes - b.bytes;
  c.packets = a.packets - b.packets;
  c.received = a.received - b.received;
  // What was missed before may have come since.
  c.lost = a.lost - std::min(a.lost, b.lost);
  c.duplicates = a.duplicates - b.duplicates;
  c.reordered = a.reordered - b.reordered;
  c.too_late = a.too_late - b.too_late;
  c.dropped = a.dropped - b.dropped;
  return c;
}

counters flow::now() const {
  counters c;
  c.bytes = bytes_;
  if (!p_.datagrams) return c;
  c.packets = sends_ ? packets_ : in_.end();
  if (sends_) return c;
  c.received = in_.distinct() + in_.duplicates();
  c.lost = in_.end() - std::min(in_.end(), in_.distinct());
  c.duplicates = in_.duplicates();
  c.reordered = in_.reordered();
  c.too_late = in_.too_late();
  const auto d = std::get<udp_socket*>(peer_->socket())->get<option::dropped>();
  c.dropped = d ? d->count() : 0U;
  return c;
}

stream_result flow::result_after(duration time) const {
  // The bytes of the time that counts, but every datagram: who reads it knows what it has omitted itself.
  const counters all = now();
  stream_result r;
  r.id = id();
  r.bytes = all.bytes - before_.bytes;
  r.jitter = jitter_;
  r.errors = static_cast<std::int64_t>(all.lost);
  r.packets = static_cast<std::int64_t>(all.packets);
  r.end_time = std::chrono::duration<double>(time).count();
  return r;
}

std::uint64_t flow::due(time_point begun) const {
  const double seconds = std::chrono::duration<double>(clock::now() - begun).count();
  const double blocks = seconds * static_cast<double>(p_.bits_per_second) / 8 / p_.size;
  const std::uint64_t sent = bytes_ / p_.size;
  constexpr double enough = 1e18;  // a rate that nothing reaches must still be a number
  const auto all = static_cast<std::uint64_t>(std::min(blocks, enough)) + 1;  // the first one is due at once
  return all - std::min(all, sent);
}

time_point flow::next_due(time_point begun) const {
  const double bits = static_cast<double>(bytes_ / p_.size) * p_.size * 8;
  const std::chrono::duration<double> after(bits / static_cast<double>(p_.bits_per_second));
  return begun + std::chrono::ceil<duration>(std::min(after, std::chrono::duration<double>(longest_test)));
}

// Until a block is due, or no more are wanted.
task<result<void>> flow::await_turn(time_point begun) {
  const result<void> slept = co_await sleep_until(next_due(begun)).stop_on(enough_.get_token());
  if (!slept && !enough_.stop_requested()) co_return slept;
  co_return {};
}

task<result<void>> flow::send_bytes(tcp_stream& s) {
  const std::vector<std::byte> block(p_.size);
  const time_point begun = clock::now();
  while (!is_done()) {
    if (p_.bits_per_second != 0 && due(begun) == 0) {
      co_await or_return(await_turn(begun));
      continue;
    }
    for (const_buffer left = block; left.size != 0;) {
      const std::size_t n = co_await or_return(s.send_some(left));
      left = left.after(n);
      bytes_ += n;
      all_.sent += n;
    }
  }
  co_return {};
}

task<result<void>> flow::receive_bytes(tcp_stream& s) {
  std::vector<std::byte> buffer(receive_room);
  while (const std::size_t n = co_await or_return(s.recv(buffer))) {
    bytes_ += n;
    all_.received += n;
  }
  co_return {};
}

task<result<void>> flow::send_datagrams(udp_socket& s) {
  volley shots(p_.size);
  const time_point begun = clock::now();
  while (!is_done()) {
    std::size_t many = shots.room();
    if (p_.bytes != 0) many = std::min<std::uint64_t>(many, (p_.bytes - all_.sent) / p_.size + 1);
    if (p_.bits_per_second != 0) {
      many = std::min<std::uint64_t>(many, due(begun));
      if (many == 0) {
        co_await or_return(await_turn(begun));
        continue;
      }
    }
    mark m;
    m.microseconds = now_us();
    m.number = packets_;
    for (std::size_t i = 0; i < many; ++i) {
      ++m.number;
      put_mark(shots.at(i), m, p_.wide_counters);
    }
    for (const_buffers left = shots.first(many); !left.empty();) {
      const std::size_t n = co_await or_return(s.send_batch(left));
      left = left.subspan(n);
      packets_ += n;
      bytes_ += n * p_.size;
      all_.sent_messages += n;
      all_.sent += n * p_.size;
    }
  }
  co_return {};
}

// RFC 1889, A.8: a sixteenth of each change in the time that datagrams take.
void flow::took(std::span<const std::byte> datagram, std::uint64_t at) {
  const auto m = parse_mark(datagram, p_.wide_counters, in_.end());
  if (!m) return;
  bytes_ += datagram.size();
  all_.received += datagram.size();
  ++all_.done;
  in_.take(m->number - 1);
  const auto transit = static_cast<std::int64_t>(at - m->microseconds);
  if (!first_) {
    const double change = std::fabs(static_cast<double>(transit) - static_cast<double>(transit_)) / 1e6;
    jitter_ += (change - jitter_) / 16;
  }
  first_ = false;
  transit_ = transit;
}

task<result<void>> flow::receive_datagrams(udp_socket& s) {
  inbox<udp_socket> came;
  for (;;) {
    const std::size_t n = co_await or_return(came.receive(s));
    const std::uint64_t at = now_us();
    for (const datagram_view& d : came.all(n)) took(d.bytes, at);
  }
}

void flow::drain() {
  if (sends_) return;
  if (p_.datagrams) {
    udp_socket& s = *std::get<udp_socket*>(peer_->socket());
    inbox<udp_socket> came;
    for (int pieces = 0; pieces < most_drained; ++pieces) {
      const result<std::size_t> n = came.receive(s).now();
      if (!n) return;
      for (const datagram_view& d : came.all(*n)) took(d.bytes, now_us());
    }
    return;
  }
  tcp_stream& s = *std::get<tcp_stream*>(peer_->socket());
  std::vector<std::byte> buffer(receive_room);
  for (int pieces = 0; pieces < most_drained; ++pieces) {
    const result<std::size_t> n = s.recv(buffer).now();
    if (!n || *n == 0) return;
    bytes_ += *n;
    all_.received += *n;
  }
}

task<result<void>> flow::run() {
  if (p_.datagrams) {
    udp_socket& s = *std::get<udp_socket*>(peer_->socket());
    return sends_ ? send_datagrams(s) : receive_datagrams(s);
  }
  tcp_stream& s = *std::get<tcp_stream*>(peer_->socket());
  return sends_ ? send_bytes(s) : receive_bytes(s);
}

}  // namespace tool::bench_parts::iperf3
