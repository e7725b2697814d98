// SPDX-License-Identifier: MIT
#include "access/token_bucket.hpp"

#include <algorithm>

namespace tool {

using fairlead::duration;
using fairlead::time_point;

static_assert(std::is_same_v<duration::period, std::nano>);

token_bucket::token_bucket(std::uint64_t rate, time_point now) noexcept
    : rate_(std::max<std::uint64_t>(rate, 1)), level_(static_cast<wide>(burst()) * unit), last_(now) {}

std::uint64_t token_bucket::burst() const noexcept { return std::max<std::uint64_t>(rate_ / 10, 1); }

std::uint64_t token_bucket::quantum() const noexcept {
  return std::clamp<std::uint64_t>(rate_ / 100, 1, 65536);
}

void token_bucket::fill(time_point now) noexcept {
  if (now <= last_) return;
  const auto ticks = [](time_point t) { return static_cast<wide>(t.time_since_epoch().count()); };
  const auto passed = static_cast<unsigned_wide>(ticks(now) - ticks(last_));
  last_ = now;
  const wide full = static_cast<wide>(burst()) * unit;
  const unsigned_wide missing = static_cast<unsigned_wide>(full - level_);
  const unsigned_wide gained = passed * rate_;  // below 2^64 * 2^64
  level_ = gained >= missing ? full : level_ + static_cast<wide>(gained);
}

bool token_bucket::is_free(time_point now) noexcept {
  fill(now);
  return level_ >= 0;
}

time_point token_bucket::charge(std::uint64_t bytes, time_point now) noexcept {
  fill(now);
  level_ -= static_cast<wide>(bytes) * unit;
  if (level_ >= 0) return now;
  const wide owed = -level_;
  const wide wait = (owed + rate_ - 1) / rate_;
  const wide left =
      static_cast<wide>(time_point::max().time_since_epoch().count()) - last_.time_since_epoch().count();
  if (wait > left) return time_point::max();
  return std::max(now, last_ + duration(static_cast<duration::rep>(wait)));
}

}  // namespace tool
