// SPDX-License-Identifier: MIT
#include "bench/plan.hpp"

#include "bench/iperf3/message.hpp"
#include "bench/packet.hpp"
#include "figures.hpp"

namespace tool::bench_parts {

namespace {

using namespace std::chrono_literals;
using fairlead::transport;

std::unexpected<std::string> no(std::string sentence) { return std::unexpected(std::move(sentence)); }

// Which flag asks for another kind of measurement than `first`.
std::optional<std::string> contradiction(const settings& asked, bool bulk) {
  if (asked.connect && (bulk || asked.rate))
    return "--connect: goes with --connections only, not with bulk or a rate";
  if (asked.connect && asked.size) return "--connect: nothing is sent, so --size means nothing";
  if (asked.reverse && asked.both) return "--reverse and --both: choose one of them";
  if (bulk && asked.connections) return "--connections: is for requests; bulk has --streams";
  return std::nullopt;
}

// What iperf3 has no way to say.
std::optional<std::string> beyond_iperf3(const settings& asked, transport t) {
  if (t != transport::tcp && t != transport::udp) return "--iperf3: speaks over tcp:// and udp:// only";
  if (asked.connections || asked.connect)
    return "--iperf3: measures bulk only; --connections and --connect are for `fairlead bench --serve`";
  if (asked.loops) return "--loops: a test of iperf3 runs on one";
  if (asked.streams.value_or(1) > iperf3::most_streams) return "--streams: iperf3 takes 128 at most";
  if (asked.warmup.value_or(0s) % 1s != 0s) return "--warmup: iperf3 knows whole seconds only";
  return std::nullopt;
}

std::uint32_t usual_size(const plan& p, transport t) {
  if (p.what == mode::connect) return 0;
  if (p.what == mode::requests) return 64;
  if (t == transport::udp) return 1400;  // fits a frame of Ethernet
  return p.datagrams || t == transport::unix_seqpacket ? 8192 : 131'072;
}

std::string plural(std::uint64_t n, const std::string& what) {
  return count_text(n) + ' ' + what + (n == 1 ? "" : "s");
}

}  // namespace

hello plan::greeting() const {
  hello h;
  h.mode = what;
  h.directions = directions;
  h.size = size;
  // With connect nothing lasts: the report is the answer.
  if (what != mode::connect) h.lasts = warmup + time + timeout;
  return h;
}

std::string plan::describe() const {
  switch (what) {
    case mode::connect: return plural(count, "connection") + " at a time";
    case mode::requests:
      return plural(count, "connection") + ", requests of " + size_text(size) +
             (rate ? ", " + count_text(*rate) + " a second" : ", one after the other");
    case mode::bulk: break;
  }
  const char* const way = directions == there ? "sending" : directions == back ? "receiving" : "both ways";
  return plural(count, "stream") + ' ' + way + ", " + size_text(size) +
         (datagrams ? " a datagram" : " at once") + (rate ? ", " + count_text(*rate) + " a second" : "");
}

std::expected<plan, std::string> make_plan(const settings& asked, const fairlead::url& at) {
  const transport t = *at.transport();
  const bool bulk = asked.iperf3 || asked.streams || asked.reverse || asked.both;
  if (asked.iperf3) {
    if (auto sentence = beyond_iperf3(asked, t)) return no(*sentence);
  }
  if (auto sentence = contradiction(asked, bulk)) return no(*sentence);
  if (asked.loops.value_or(1) > most_loops) return no("--loops: must be 1 to " + std::to_string(most_loops));
  plan p;
  p.iperf3 = asked.iperf3;
  p.datagrams = t == transport::udp || t == transport::unix_datagram;
  if (asked.connect) {
    if (p.datagrams) return no("--connect: datagrams need no connection");
    p.what = mode::connect;
  } else if (!bulk && (asked.connections || asked.rate)) {
    p.what = mode::requests;
  }
  if (p.what == mode::bulk) p.directions = asked.both ? there | back : asked.reverse ? back : there;
  if (p.what == mode::bulk && asked.rate && !p.datagrams)
    return no("--rate: streams of bytes go as fast as they can; it is for requests and datagrams");
  p.count = (p.what == mode::bulk ? asked.streams : asked.connections).value_or(1);
  p.rate = asked.rate;
  const std::uint64_t least = !p.datagrams ? 1 : p.iperf3 ? iperf3::largest_mark : packet_size;
  const std::uint64_t most = p.datagrams ? largest_datagram : largest_message;
  const std::uint64_t size = asked.size ? asked.size->count : usual_size(p, t);
  if (p.what != mode::connect && (size < least || size > most)) {
    return no("--size " + std::to_string(size) + ": must be " + std::to_string(least) + " to " +
              std::to_string(most) + " bytes on " + std::string(fairlead::to_string(at.scheme())));
  }
  p.size = static_cast<std::uint32_t>(size);
  p.time = asked.time.value_or(5s);
  p.warmup = asked.warmup.value_or(0s);
  p.timeout = asked.timeout.value_or(10s);
  if (p.time > longest_session || p.warmup > longest_session || p.timeout > longest_session ||
      p.time + p.warmup + p.timeout > longest_session) {
    return no("--time: with --warmup and --timeout, 24 hours are the most");
  }
  return p;
}

}  // namespace tool::bench_parts
