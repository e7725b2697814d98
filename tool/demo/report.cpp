// SPDX-License-Identifier: MIT
#include "demo/report.hpp"

#include <cstdio>
#include <fstream>
#include <thread>

#include <fairlead/version.hpp>

#include "evidence/evidence.hpp"
#include "figures.hpp"
#include "json.hpp"
#include "standard_io.hpp"
#include "text.hpp"

namespace tool::demo_parts {

namespace {

std::string kernel() {
  std::ifstream file("/proc/sys/kernel/osrelease");
  std::string release;
  std::getline(file, release);
  return release.empty() ? "Linux" : "Linux " + release;
}

std::string processors() {
  const unsigned n = std::thread::hardware_concurrency();
  return std::to_string(n) + (n == 1 ? " processor" : " processors");
}

double seconds_since(fairlead::time_point start) {
  return std::chrono::duration<double>(fairlead::clock::now() - start).count();
}

std::string number(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

}  // namespace

void report::print(const std::string& line) const {
  if (asked_.json || asked_.quiet) return;
  show(line + '\n');
}

void report::missing(std::string sentence) { missing_.push_back(std::move(sentence)); }

void report::begin(std::span<const fairlead::backend> backends) {
  std::string names;
  for (const auto b : backends) {
    backends_.emplace_back(to_string(b));
    names += (names.empty() ? "" : " and ") + backends_.back();
  }
  print(out_.paint(stream::out, style::bold, "fairlead " FAIRLEAD_VERSION) + " · " + kernel() + " · " +
        processors() + " · " + names);
  for (const std::string& m : missing_) print(wrap(m));
  for (const std::string& t : told_) print(wrap(t));
  print("");
  print(table_head(out_));
}

void report::section(fairlead::backend b) {
  backend_ = to_string(b);
  print(table_rule(out_, "backend " + backend_));
}

void report::add(const row& r) {
  const bool first =
      rows_.empty() || rows_.back().transport != r.transport || rows_.back().backend != backend_;
  rows_.push_back({backend_, std::string(r.transport), r, {}});
  print(table_row(out_, r, first));
  out_.step(backend_ + ": " + std::string(r.transport) + ", " + std::string(r.waiting) + " done");
}

void report::add(const row& r, const exchange& x, const fairlead::error& why,
                 const std::optional<fairlead::error>& theirs) {
  add(r);
  std::string where = std::string(r.transport) + ", " + std::string(r.waiting) + ", on " + backend_;
  if (x.size() > 0)
    where += ", round trip " + std::to_string(x.trips() + 1) + " (" + size_text(x.size()) + ")";
  where += ": " + why.message();
  if (theirs) where += "; the server said: " + theirs->message();
  rows_.back().failure = where;
  if (status_ == exit_status::ok) status_ = status_of(why);
}

exit_status report::end() {
  std::uint64_t trips = 0;
  std::uint64_t bytes = 0;
  for (const entry& e : rows_) trips += e.shown.figures.trips, bytes += e.shown.figures.bytes;
  print("");
  const std::string all = json();
  if (asked_.json) show(all);
  if (asked_.proof != nullptr) asked_.proof->measured(all);
  for (const entry& e : rows_) {
    if (!e.failure.empty()) out_.fail(e.failure);
  }
  if (status_ != exit_status::ok) return status_;
  print(out_.paint(stream::out, style::good, "All of it held:") + ' ' + count_text(trips) + " round trips, " +
        amount_text(static_cast<double>(bytes)) + ", every byte compared, in " +
        number("%.1f s.", seconds_since(start_)));
  print(out_.paint(stream::out, style::dim,
                   "rate: streams in payloads of 1 MiB, messages of 64 B; p50, p99: trips of 64 B"));
  print("");
  print("Now in two terminals:");
  print("  " + asked_.program + " listen tcp://127.0.0.1:7007 --echo");
  print("  " + asked_.program + " connect tcp://127.0.0.1:7007");
  return status_;
}

std::string report::json() const {
  std::string made =
      "{\"fairlead\":" + json_string(FAIRLEAD_VERSION) + ",\"kernel\":" + json_string(kernel()) +
      ",\"processors\":" + std::to_string(std::thread::hardware_concurrency()) + ",\"backends\":[";
  for (const std::string& b : backends_) made += (b == backends_.front() ? "" : ",") + json_string(b);
  made += "],\"missing\":[";
  for (const std::string& m : missing_) made += (m == missing_.front() ? "" : ",") + json_string(m);
  made += "],\"rows\":[";
  bool first = true;
  for (const entry& e : rows_) {
    const measured& m = e.shown.figures;
    const auto us = [](const std::optional<fairlead::duration>& d) {
      return d ? number("%.3f", std::chrono::duration<double, std::micro>(*d).count()) : std::string("null");
    };
    made += std::string(first ? "\n" : ",\n") + "{\"backend\":" + json_string(e.backend) +
            ",\"transport\":" + json_string(e.transport) + ",\"waiting\":" + json_string(e.shown.waiting) +
            ",\"largest\":" + std::to_string(e.shown.largest) + ",\"trips\":" + std::to_string(m.trips) +
            ",\"bytes\":" + std::to_string(m.bytes) + ",\"rate\":" + number("%.0f", m.rate) +
            ",\"unit\":" + (e.shown.form == shape::stream ? "\"bytes/s\"" : "\"messages/s\"") +
            ",\"p50_us\":" + us(m.p50) + ",\"p99_us\":" + us(m.p99) +
            ",\"held\":" + (e.shown.held ? "true" : "false");
    if (!e.failure.empty()) made += ",\"failure\":" + json_string(e.failure);
    made += '}';
    first = false;
  }
  made += "],\n\"seconds\":" + number("%.3f", seconds_since(start_)) +
          ",\"held\":" + (status_ == exit_status::ok ? "true" : "false") + "}\n";
  return made;
}

}  // namespace tool::demo_parts
