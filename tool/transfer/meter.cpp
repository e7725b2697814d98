// SPDX-License-Identifier: MIT
#include "transfer/meter.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <span>

#include "figures.hpp"
#include "text.hpp"

namespace tool::transfer {

using namespace fairlead;
using namespace std::chrono_literals;

namespace {

constexpr auto between_lines = 200ms;

// "0:05", "2:10:00"
std::string clock_text(double seconds) {
  char text[32];
  const auto s = static_cast<unsigned long>(std::ceil(std::min(seconds, 3.6e6)));
  if (s >= 3600) {
    std::snprintf(text, sizeof text, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
  } else {
    std::snprintf(text, sizeof text, "%lu:%02lu", s / 60, s % 60);
  }
  return text;
}

std::string joined(std::span<const std::string> parts) {
  std::string all;
  for (const std::string& p : parts) all += p;
  return all;
}

// A name, or as much of its end as there is room for: a character is shown whole or not at all.
std::string end_of(std::string_view name, std::size_t room) {
  std::string shown = printable(name);
  if (shown.size() <= room) return shown;
  shown.clear();
  if (room == 0) return shown;
  while (!name.empty()) {
    std::size_t at = name.size() - 1;
    while (at > 0 && (name[at] & 0xc0) == 0x80) --at;  // UTF-8: those go with the byte before
    const std::string character = printable(name.substr(at));
    if (1 + character.size() + shown.size() > room) break;
    shown.insert(0, character);
    name = name.substr(0, at);
  }
  return "…" + shown;
}

}  // namespace

std::string progress_line(std::string_view name, std::uint64_t done, std::uint64_t all,
                          double bytes_per_second, std::size_t columns) {
  done = std::min(done, all);
  const double part = all == 0 ? 1 : static_cast<double>(done) / static_cast<double>(all);
  enum { percent, amount, whole, rate, time, fields };
  std::array<std::string, fields> shown;
  shown[percent] = "  " + std::to_string(static_cast<int>(part * 100)) + " %";
  shown[amount] = "  " + amount_text(static_cast<double>(done));
  shown[whole] = " of " + amount_text(static_cast<double>(all));
  if (bytes_per_second >= 1) {
    shown[rate] = "  " + amount_text(bytes_per_second) + "/s";
    shown[time] = "  " + clock_text(static_cast<double>(all - done) / bytes_per_second) + " left";
  }
  std::string figures = joined(shown);
  // Half a figure would be a wrong one. What is missed least goes first.
  for (const auto f : {whole, amount, rate, time, percent}) {
    if (figures.size() <= columns) break;
    shown[f].clear();
    figures = joined(shown);
  }
  return end_of(name, columns - figures.size()) + figures;
}

meter::meter(const console& out, std::uint64_t all)
    : out_(out),
      visible_(!out.quiet && is_terminal(stream::err)),
      all_(all),
      start_(fairlead::clock::now()),
      shown_(start_) {}

meter::~meter() { clear(); }

void meter::clear() {
  if (std::exchange(drawn_, false)) out_.overwrite("");
}

void meter::begin(std::string name, std::uint64_t stored) {
  name_ = std::move(name);
  stored_ = stored;
  within_ = 0;
}

void meter::moved(std::uint64_t bytes) {
  moved_ += bytes;
  within_ = std::min(within_ + bytes, stored_);
  if (visible_) show();
}

void meter::skip(std::uint64_t bytes) { within_ = std::min(within_ + bytes, stored_); }

void meter::end() {
  before_ += stored_;
  stored_ = within_ = 0;
}

void meter::show() {
  const time_point now = fairlead::clock::now();
  const duration passed = now - shown_;
  if (drawn_ && passed < between_lines) return;
  const double seconds = std::chrono::duration<double>(passed).count();
  if (seconds > 0) {
    // The last few seconds count, the last one most.
    const double latest = static_cast<double>(moved_ - moved_then_) / seconds;
    const double weight = drawn_ ? 1 - std::exp(-seconds / 2) : 1;
    rate_ += (latest - rate_) * weight;
  }
  shown_ = now;
  moved_then_ = moved_;
  drawn_ = true;
  out_.overwrite(
      progress_line(name_, before_ + within_, std::max(all_, before_ + within_), rate_, out_.line_width()));
}

}  // namespace tool::transfer
