// SPDX-License-Identifier: MIT
#include "bench/progress.hpp"

#include <algorithm>
#include <cstdio>

#include "figures.hpp"
#include "standard_io.hpp"

namespace tool::bench_parts {

using fairlead::duration;

double per_second(std::uint64_t count, duration in) {
  const double s = std::chrono::duration<double>(in).count();
  return s > 0 ? static_cast<double>(count) / s : 0;
}

std::string rate_text(std::uint64_t count, duration in) {
  return count_text(static_cast<std::uint64_t>(per_second(count, in) + 0.5));
}

std::string speed_text(std::uint64_t bytes, duration in) {
  const double rate = per_second(bytes, in);
  std::string bits = amount_text(rate * 8);
  bits.replace(bits.size() - 1, 1, "bit/s");
  return amount_text(rate) + "/s (" + bits + ")";
}

std::string json_number(double d) {
  char text[64];
  std::snprintf(text, sizeof text, "%.3f", d);
  return text;
}

std::string json_seconds(duration d) {
  char text[64];
  std::snprintf(text, sizeof text, "%.9f", std::chrono::duration<double>(d).count());
  return text;
}

std::string json_of(const histogram& h) {
  std::string made = "{\"count\":" + std::to_string(h.count()) + ",\"min\":" + std::to_string(h.least()) +
                     ",\"mean\":" + json_number(h.mean());
  for (const auto& [name, percent] : {std::pair("p50", 50.0), std::pair("p90", 90.0), std::pair("p99", 99.0),
                                      std::pair("p99.9", 99.9), std::pair("p99.99", 99.99)}) {
    made += std::string(",\"") + name + "\":" + std::to_string(h.percentile(percent));
  }
  return made + ",\"max\":" + std::to_string(h.most()) + '}';
}

void progress::warm_up(duration lasts) {
  const std::lock_guard lock(guard_);
  if (!json_) out_.overwrite("warming up for " + time_text(lasts));
}

void progress::passed(unsigned second, const interval& i) {
  const std::lock_guard lock(guard_);
  sum& all = waiting_[second];
  if (all.loops == 0) all.from = i.from;
  all.to = std::max(all.to, i.to);
  all.counted += i.counted;
  all.latencies.add(i.latencies);
  if (++all.loops != loops_) return;
  tell({all.from, all.to, all.counted, all.latencies});
  waiting_.erase(second);
}

void progress::tell(const interval& i) const {
  const duration took = i.to - i.from;
  const totals& c = i.counted;
  if (json_) {
    std::string line =
        "{\"type\":\"interval\",\"from_s\":" + json_seconds(i.from) + ",\"to_s\":" + json_seconds(i.to);
    if (plan_.what != mode::connect) {
      line +=
          ",\"bytes_sent\":" + std::to_string(c.sent) + ",\"bytes_received\":" + std::to_string(c.received);
    }
    if (plan_.what == mode::bulk) {
      if (plan_.datagrams) {
        line += ",\"datagrams_sent\":" + std::to_string(c.sent_messages) +
                ",\"datagrams_received\":" + std::to_string(c.done);
      }
    } else {
      line += std::string(plan_.what == mode::requests ? ",\"requests\":" : ",\"connections\":") +
              std::to_string(c.done) + ",\"per_second\":" + json_number(per_second(c.done, took)) +
              ",\"latency_ns\":" + json_of(i.latencies);
    }
    show(line + "}\n");
    return;
  }
  char time[32];
  std::snprintf(time, sizeof time, "%5.1f s  ", std::chrono::duration<double>(i.to).count());
  std::string line = time;
  if (plan_.what != mode::bulk) {
    line += rate_text(c.done, took) + (plan_.what == mode::requests ? " requests/s" : " connections/s");
    const auto ns = [&](double percent) {
      return time_text(std::chrono::nanoseconds(i.latencies.percentile(percent)));
    };
    line += "  p50 " + ns(50) + "  p99 " + ns(99);
  } else {
    if ((plan_.directions & there) != 0) line += "sent " + speed_text(c.sent, took) + "  ";
    if ((plan_.directions & back) != 0) line += "received " + speed_text(c.received, took);
  }
  out_.overwrite(line);
}

void progress::end() {
  // Of what ended early not every loop has spoken.
  for (const auto& [second, all] : waiting_) tell({all.from, all.to, all.counted, all.latencies});
  waiting_.clear();
  if (!json_) out_.overwrite("");
}

}  // namespace tool::bench_parts
