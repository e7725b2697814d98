// SPDX-License-Identifier: MIT
#include "demo/exchange.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

namespace tool::demo_parts {

namespace {

using fairlead::clock;
using fairlead::errc;
using fairlead::error;
using fairlead::verb;

// Each once: the edges of buffers, packets and pages, and odd numbers beside them. The largest comes last.
constexpr std::array<std::size_t, 13> sweep_sizes = {1,    2,     7,     64,     255,     1000,     1472,
                                                     4096, 16383, 65536, 131071, 1000003, 4U << 20U};
constexpr std::size_t small_size = 64;
constexpr std::size_t bulk_size = 1U << 20U;
constexpr std::size_t least_small = 20;
constexpr std::size_t most_small = 100'000;
constexpr std::size_t least_bulk = 2;

fairlead::duration percentile(std::vector<fairlead::duration>& times, std::size_t of_hundred) {
  const auto at = times.begin() + static_cast<std::ptrdiff_t>((times.size() - 1) * of_hundred / 100);
  std::nth_element(times.begin(), at, times.end());
  return *at;
}

std::unexpected<error> damaged(std::string why) {
  return std::unexpected(error::about(errc::bad_message, verb::recv, {}, std::move(why)));
}

}  // namespace

exchange::exchange(const plan& p) : plan_(p), answer_(p.largest + 1) {
  small_.reserve(most_small);
  (void)payload(1, 0);  // made now rather than within the first measurement
  enter(phase::sweep);
}

void exchange::enter(phase p) {
  phase_ = p;
  step_ = 0;
  phase_start_ = clock::now();
}

bool exchange::again(std::size_t least) const {
  return step_ < least || clock::now() - phase_start_ < plan_.phase;
}

// The size of the next payload; 0 when there is none.
std::size_t exchange::choose() {
  if (phase_ == phase::sweep) {
    if (step_ < sweep_sizes.size() && sweep_sizes[step_] < plan_.largest) return sweep_sizes[step_];
    if (step_ == 0 || payload_.size() != plan_.largest) return plan_.largest;
    enter(phase::small);
  }
  if (phase_ == phase::small) {
    if (small_.size() < most_small && again(least_small)) return small_size;
    enter(plan_.form == shape::stream ? phase::bulk : phase::over);
  }
  if (phase_ == phase::bulk) {
    if (again(least_bulk)) return bulk_size;
    enter(phase::over);
  }
  return 0;
}

std::optional<std::span<const std::byte>> exchange::next() {
  const std::size_t size = choose();
  if (size == 0) return std::nullopt;
  payload_ = payload(size, trips_);
  ++step_;
  sent_at_ = clock::now();
  return payload_;
}

std::span<std::byte> exchange::room() noexcept {
  return std::span(answer_).first(payload_.size() + (plan_.form == shape::message ? 1 : 0));
}

fairlead::result<void> exchange::returned(std::size_t bytes) {
  const auto took = clock::now() - sent_at_;
  if (bytes != payload_.size()) {
    return damaged(std::to_string(bytes) + " bytes came back instead of " + std::to_string(payload_.size()));
  }
  if (std::memcmp(answer_.data(), payload_.data(), bytes) != 0) {
    const auto differs =
        std::ranges::mismatch(payload_, std::span(answer_).first(bytes)).in1 - payload_.begin();
    return damaged("byte " + std::to_string(differs) + " of " + std::to_string(bytes) + " came back changed");
  }
  sent_.add(payload_);
  received_.add(std::span(answer_).first(bytes));
  ++trips_;
  bytes_ += bytes;
  if (phase_ == phase::small) small_.push_back(took);
  if (phase_ == phase::bulk) bulk_time_ += took, bulk_bytes_ += bytes;
  return {};
}

fairlead::result<void> exchange::finish() const {
  if (sent_ == received_) return {};
  return damaged("the digest of all that came back is not that of all that was sent");
}

measured exchange::result() const {
  measured m;
  m.trips = trips_;
  m.bytes = bytes_;
  if (small_.empty()) return m;
  std::vector<fairlead::duration> times = small_;
  m.p50 = percentile(times, 50);
  m.p99 = percentile(times, 99);
  const auto seconds = [](fairlead::duration d) { return std::chrono::duration<double>(d).count(); };
  if (plan_.form == shape::message) {
    fairlead::duration total{};
    for (const auto t : small_) total += t;
    m.rate = static_cast<double>(small_.size()) / std::max(seconds(total), 1e-9);
  } else if (bulk_bytes_ > 0) {
    m.rate = static_cast<double>(bulk_bytes_) / std::max(seconds(bulk_time_), 1e-9);
  }
  return m;
}

}  // namespace tool::demo_parts
