// SPDX-License-Identifier: MIT
#include "bench/summary.hpp"

#include <cstdio>

#include <fairlead/signal.hpp>
#include <fairlead/version.hpp>

#include "bench/chart.hpp"
#include "bench/progress.hpp"
#include "figures.hpp"
#include "json.hpp"
#include "text.hpp"

namespace tool::bench_parts {

namespace {

using fairlead::duration;

duration measured(const run& r) { return r.end - r.begin; }

std::string row(std::string_view what, const std::string& amount, const std::string& rate) {
  return "  " + pad(what, 12) + pad_left(amount, 16) + (rate.empty() ? "" : "   ") + rate + '\n';
}

std::string bytes_row(std::string_view what, std::uint64_t bytes, duration in) {
  return row(what, amount_text(static_cast<double>(bytes)), speed_text(bytes, in));
}

std::string share_text(std::uint64_t part, std::uint64_t whole) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f %%",
                whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole));
  return text;
}

std::string losses_rows(std::string_view title, const losses& l) {
  std::string made = "\n" + std::string(title) +
                     (l.jitter ? ", as iperf3 counts:\n" : ", from the first datagram to the last:\n");
  made += row("sent", count_text(l.sent), "");
  made += row("received", count_text(l.received), "");
  made += row("lost", count_text(l.lost), share_text(l.lost, l.jitter ? l.lost + l.received : l.sent));
  if (l.jitter) made += row("jitter", time_text(*l.jitter), "");
  if (l.known_by_peer) return made;
  made += row("kernel drops", count_text(l.dropped), "times no room at the receiving socket");
  made += row("reordered", count_text(l.reordered), share_text(l.reordered, l.received));
  made += row("duplicates", count_text(l.duplicates), "");
  if (l.too_late != 0) made += row("too late", count_text(l.too_late), "to tell whether they are duplicates");
  return made;
}

std::string peer_rows(const run& r) {
  const peer_report& told = *r.peer;
  std::string made = "\nThe server says:\n";
  if ((r.p.directions & there) != 0) made += bytes_row("received", told.received, measured(r));
  if ((r.p.directions & back) != 0) made += bytes_row("sent", told.sent, measured(r));
  if (told.retransmits) made += row("retransmits", count_text(*told.retransmits), "");
  char cpu[32];
  std::snprintf(cpu, sizeof cpu, "%.1f %%", told.cpu);
  return made + row("processor", cpu, "of one core");
}

std::string latency_rows(const histogram& h) {
  if (h.count() == 0) return {};
  const auto ns = [](std::uint64_t n) { return time_text(std::chrono::nanoseconds(n)); };
  std::string made = "\n  " + pad_left("p50", 10) + pad_left("p90", 10) + pad_left("p99", 10) +
                     pad_left("p99.9", 10) + pad_left("p99.99", 10) + pad_left("max", 10) + "\n  ";
  for (const double p : {50.0, 90.0, 99.0, 99.9, 99.99}) made += pad_left(ns(h.percentile(p)), 10);
  return made + pad_left(ns(h.most()), 10) + "\n\n" + chart(h);
}

std::string json_losses(const losses& l) {
  std::string made = "{\"sent\":" + std::to_string(l.sent) + ",\"received\":" + std::to_string(l.received) +
                     ",\"lost\":" + std::to_string(l.lost);
  if (l.jitter) made += ",\"jitter_s\":" + json_seconds(*l.jitter);
  if (l.known_by_peer) return made + '}';
  return made + ",\"kernel_drops\":" + std::to_string(l.dropped) +
         ",\"reordered\":" + std::to_string(l.reordered) + ",\"duplicates\":" + std::to_string(l.duplicates) +
         ",\"too_late\":" + std::to_string(l.too_late) + '}';
}

std::string json_peer(const peer_report& told) {
  std::string made =
      "{\"bytes_sent\":" + std::to_string(told.sent) + ",\"bytes_received\":" + std::to_string(told.received);
  if (told.retransmits) made += ",\"retransmits\":" + std::to_string(*told.retransmits);
  return made + ",\"cpu_percent\":" + json_number(told.cpu) + '}';
}

const char* name_of(mode m) {
  switch (m) {
    case mode::bulk: return "bulk";
    case mode::requests: return "requests";
    case mode::connect: return "connect";
  }
  return "";
}

}  // namespace

std::string summary(const run& r, const std::string& address, std::string_view on, const console& out) {
  const duration took = measured(r);
  const totals& c = r.counted;
  const std::string warm = r.p.warmup.count() > 0 ? " after " + time_text(r.p.warmup) + " of warm-up" : "";
  const std::string title = address + ": " + r.p.describe() + ", " + time_text(took) + warm + ", " +
                            std::string(on) +
                            (r.mine.loops > 1 ? " on " + std::to_string(r.mine.loops) + " loops" : "");
  std::string made = out.paint(stream::out, style::bold, wrap(title)) + "\n\n";
  if (r.p.what == mode::bulk) {
    if ((r.p.directions & there) != 0) made += bytes_row("sent", c.sent, took);
    if ((r.p.directions & back) != 0) made += bytes_row("received", c.received, took);
    if (r.towards) made += losses_rows("To the server", *r.towards);
    if (r.from) made += losses_rows("From the server", *r.from);
    if (r.peer) made += peer_rows(r);
    return made;
  }
  const bool requests = r.p.what == mode::requests;
  made +=
      row(requests ? "requests" : "connections", count_text(c.done), rate_text(c.done, took) + " a second");
  if (r.unanswered != 0) made += row("unanswered", count_text(r.unanswered), "not among the latencies");
  if (r.unsent != 0)
    made += row("not sent", count_text(r.unsent), "due, but too late; not among the latencies");
  return made + latency_rows(r.latencies);
}

std::string json_summary(const run& r, const std::string& address, std::string_view on, int interrupted,
                         int status) {
  const duration took = measured(r);
  const totals& c = r.counted;
  std::string made = "{\"type\":\"result\",\"fairlead\":" + json_string(FAIRLEAD_VERSION) +
                     ",\"address\":" + json_string(address) + ",\"backend\":" + json_string(on) +
                     ",\"loops\":" + std::to_string(r.mine.loops) + ",\"mode\":\"" + name_of(r.p.what) +
                     "\",\"count\":" + std::to_string(r.p.count);
  if (r.p.what != mode::connect) made += ",\"size\":" + std::to_string(r.p.size);
  if (r.p.iperf3) made += ",\"protocol\":\"iperf3\"";
  if (r.p.rate) made += ",\"rate\":" + std::to_string(*r.p.rate);
  made += ",\"warmup_s\":" + json_seconds(r.p.warmup) + ",\"measured_s\":" + json_seconds(took);
  if (r.p.what != mode::connect) {
    made += ",\"bytes_sent\":" + std::to_string(c.sent) + ",\"bytes_received\":" + std::to_string(c.received);
  }
  if (r.p.what == mode::bulk) {
    made += ",\"sent_bytes_per_second\":" + json_number(per_second(c.sent, took)) +
            ",\"received_bytes_per_second\":" + json_number(per_second(c.received, took));
    if (r.p.datagrams) {
      made += ",\"datagrams_sent\":" + std::to_string(c.sent_messages) +
              ",\"datagrams_received\":" + std::to_string(c.done);
    }
    if (r.towards) made += ",\"to_server\":" + json_losses(*r.towards);
    if (r.from) made += ",\"from_server\":" + json_losses(*r.from);
    if (r.peer) made += ",\"server\":" + json_peer(*r.peer);
  } else {
    made += std::string(r.p.what == mode::requests ? ",\"requests\":" : ",\"connections\":") +
            std::to_string(c.done) + ",\"per_second\":" + json_number(per_second(c.done, took));
    if (r.p.what == mode::requests) {
      made += ",\"unanswered\":" + std::to_string(r.unanswered) + ",\"unsent\":" + std::to_string(r.unsent);
    }
    made += ",\"latency_ns\":" + json_of(r.latencies);
  }
  if (interrupted != 0) made += ",\"signal\":" + json_string(fairlead::signal_name(interrupted));
  if (r.failed) made += ",\"error\":" + json_string(r.failed->message());
  return made + ",\"exit_status\":" + std::to_string(status) + '}';
}

}  // namespace tool::bench_parts
