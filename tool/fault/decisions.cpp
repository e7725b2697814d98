// SPDX-License-Identifier: MIT
#include "fault/decisions.hpp"

#include <algorithm>
#include <cstring>

namespace tool::faults {

using fairlead::const_buffer;
using fairlead::duration;
using fairlead::mutable_buffer;
using fairlead::time_point;

namespace {

__extension__ using wide = unsigned __int128;

// What keeping a message or a stretch costs beyond its bytes, so that many small ones are bounded too.
constexpr std::size_t upkeep = 64;
// What an idle stream holds on to.
constexpr std::size_t kept_for_later = std::size_t{256} << 10U;

time_point later(time_point t, duration d) { return d > time_point::max() - t ? time_point::max() : t + d; }

std::size_t bytes_within(std::uint64_t rate, duration d) {
  const wide bytes = wide{rate} * static_cast<std::uint64_t>(d.count()) / 8 / 1'000'000'000;
  return static_cast<std::size_t>(std::min<wide>(bytes, most_waiting));
}

std::size_t bound_of(const treatment& t) {
  if (t.rate == 0) return most_waiting;
  return std::clamp(bytes_within(t.rate, t.latency + t.jitter + queue_time), least_waiting, most_waiting);
}

void add(std::string& to, std::uint64_t n, const char* what) {
  if (n != 0) to.append(", ").append(std::to_string(n)).append(what);
}

}  // namespace

std::string to_sentence(const counts& c, carriage how) {
  const bool messages = how == carriage::messages;
  std::string s = std::to_string(c.units);
  if (messages) {
    s += c.units == 1 ? " message" : " messages";
  } else {
    s += c.units == 1 ? " block" : " blocks";
  }
  add(s, c.dropped, messages ? " dropped" : " sent again");
  add(s, c.duplicated, " duplicated");
  add(s, c.reordered, " reordered");
  add(s, c.corrupted, c.corrupted == 1 ? " byte corrupted" : " bytes corrupted");
  add(s, c.bytes_swallowed, " bytes swallowed");
  s += ", ";
  if (messages) s.append(std::to_string(c.messages_passed)).append(" with ");
  return s + std::to_string(c.bytes_passed) + " bytes passed";
}

decisions::decisions(const treatment& t, const dice& d, carriage how, time_point began)
    : how_treated_(t), dice_(d), how_(how), bound_(bound_of(t)) {
  if (t.half_open_after) silent_from_ = later(began, *t.half_open_after);
}

bool decisions::is_silent(time_point now) const noexcept { return lost_ || now >= silent_from_; }

// Every nanosecond from -jitter to +jitter is as likely as any other.
duration decisions::jitter(std::uint64_t unit) const noexcept {
  const auto most = static_cast<std::uint64_t>(how_treated_.jitter.count());
  if (most == 0) return duration::zero();
  return duration(static_cast<std::int64_t>(dice_.below(2 * most + 1, use::jitter, unit))) -
         how_treated_.jitter;
}

// When the last of these bytes is on its way. Counted from when the line became busy, so that nothing drifts.
time_point decisions::off_the_line(std::size_t bytes, time_point now) {
  if (how_treated_.rate == 0) return now;
  if (now >= free_from_) busy_since_ = now, busy_with_ = 0;
  busy_with_ += bytes;
  const wide ns = (wide{busy_with_} * 8'000'000'000 + how_treated_.rate - 1) / how_treated_.rate;
  return free_from_ = busy_since_ + duration(static_cast<std::int64_t>(ns));
}

void decisions::corrupt(std::span<std::byte> content, std::uint64_t place, std::uint64_t unit) {
  content[place] ^= std::byte{1} << dice_.below(8, use::bit, unit);
  ++done_.corrupted;
}

void decisions::take(const_buffer content, time_point now) {
  done_.bytes_received += content.size;
  if (how_ == carriage::messages) {
    take_message(content, now);
  } else {
    take_bytes(content, now);
  }
}

void decisions::end(time_point now) {
  ended_ = true;
  end_lost_ = is_silent(now);
  if (held_) release_held(held_->at);
  if (!end_lost_) end_at_ = in_order(later(now, how_treated_.latency));
}

std::size_t decisions::room() const noexcept { return bound_ > waiting_ ? bound_ - waiting_ : 0; }

time_point decisions::due() const noexcept {
  if (!stretches_.empty()) return stretches_.front().at;
  if (!messages_.empty()) return messages_.front().at;
  if (held_) return later(held_->at, longest_hold);
  return end_given_ ? time_point::max() : end_at_;
}

std::optional<arrival> decisions::give(mutable_buffer into, time_point now) {
  if (now < due()) return std::nullopt;
  if (!stretches_.empty()) return give_bytes(into, now);
  if (messages_.empty() && held_) release_held(now);
  if (!messages_.empty()) return give_message(into);
  if (end_at_ == time_point::max() || end_given_) return std::nullopt;
  end_given_ = true;
  arrival a;
  a.end = true;
  return a;
}

// ── Streams ──

// How long the repeats of a block take until one gets through; nothing if none of them does.
std::optional<duration> decisions::repeats(std::uint64_t unit) const noexcept {
  duration all{};
  duration pause = first_repeat + 2 * how_treated_.latency;
  for (std::uint64_t n = 0; n < most_repeats; ++n) {
    pause = std::min(pause, std::max(longest_repeat, 2 * how_treated_.latency));
    all += pause;
    pause *= 2;
    if (!dice_.happens(how_treated_.drop, use::repeat, unit * most_repeats + n)) return all;
  }
  return std::nullopt;
}

void decisions::begin_block(std::uint64_t unit) {
  ++done_.units;
  block_jitter_ = jitter(unit);
  block_stall_ = duration::zero();
  block_copies_ = 1;
  block_corrupt_ = block;
  if (dice_.happens(how_treated_.drop, use::drop, unit)) {
    ++done_.dropped;
    if (const auto again = repeats(unit)) {
      block_stall_ = *again;
    } else {
      lost_ = true;
    }
  }
  if (dice_.happens(how_treated_.duplicate, use::duplicate, unit)) ++done_.duplicated, block_copies_ = 2;
  // The receiver puts it in its place again before anybody sees it.
  if (dice_.happens(how_treated_.reorder, use::reorder, unit)) ++done_.reordered;
  if (dice_.happens(how_treated_.corrupt, use::corrupt, unit))
    block_corrupt_ = static_cast<std::size_t>(dice_.below(block, use::place, unit));
}

void decisions::take_bytes(const_buffer content, time_point now) {
  while (content.size != 0) {
    const auto within = static_cast<std::size_t>(offset_ % block);
    const std::uint64_t unit = offset_ / block;
    const bool begins = within == 0 && !is_silent(now);
    if (begins) begin_block(unit);
    if (is_silent(now)) {
      done_.bytes_swallowed += content.size;
      return;
    }
    const const_buffer piece = content.first(block - within);
    const time_point ready =
        later(off_the_line(piece.size * block_copies_, now),
              how_treated_.latency + block_jitter_ + (begins ? block_stall_ : duration()));
    const time_point at = in_order(ready);
    bytes_.insert(bytes_.end(), piece.data, piece.data + piece.size);
    if (block_corrupt_ >= within && block_corrupt_ < within + piece.size)
      corrupt(std::span(bytes_).last(piece.size), block_corrupt_ - within, unit);
    if (!stretches_.empty() && stretches_.back().at == at) {
      stretches_.back().size += piece.size;
    } else {
      stretches_.push_back({piece.size, at});
      waiting_ += upkeep;
    }
    waiting_ += piece.size;
    offset_ += piece.size;
    content = content.after(piece.size);
  }
}

arrival decisions::give_bytes(mutable_buffer into, time_point now) {
  arrival a;
  while (!stretches_.empty() && stretches_.front().at <= now && a.size < into.size) {
    stretch& s = stretches_.front();
    const std::size_t n = std::min(s.size, into.size - a.size);
    std::memcpy(into.data + a.size, bytes_.data() + first_, n);
    a.size += n, first_ += n, s.size -= n, waiting_ -= n;
    if (s.size == 0) stretches_.pop_front(), waiting_ -= upkeep;
  }
  if (first_ == bytes_.size()) {
    if (bytes_.capacity() > kept_for_later) bytes_ = {};
    bytes_.clear();
    first_ = 0;
  } else if (first_ > bytes_.size() / 2) {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  done_.bytes_passed += a.size;
  return a;
}

// ── Messages ──

void decisions::take_message(const_buffer content, time_point now) {
  if (is_silent(now)) {
    done_.bytes_swallowed += content.size;
    return;
  }
  const std::uint64_t unit = done_.units++;
  if (dice_.happens(how_treated_.drop, use::drop, unit)) {
    ++done_.dropped;
    return;
  }
  message m{{content.data, content.data + content.size}, {}};
  if (content.size != 0 && dice_.happens(how_treated_.corrupt, use::corrupt, unit))
    corrupt(m.content, dice_.below(content.size, use::place, unit), unit);
  m.twice = dice_.happens(how_treated_.duplicate, use::duplicate, unit);
  if (m.twice) ++done_.duplicated;
  const duration delay = how_treated_.latency + jitter(unit);
  m.at = in_order(later(off_the_line(content.size * (m.twice ? 2 : 1), now), delay));
  if (held_) {
    // The one that overtakes is not held back itself: at 100%, every second one is overtaken.
    const time_point at = m.at;
    put(std::move(m));
    ++done_.reordered;
    release_held(at);
  } else if (dice_.happens(how_treated_.reorder, use::reorder, unit)) {
    held_ = std::move(m);
  } else {
    put(std::move(m));
  }
}

// Only here it counts as waiting: the one that is held must not keep the one away that is to overtake it.
void decisions::put(message m) {
  waiting_ += (m.content.size() + upkeep) * (m.twice ? 2 : 1);
  if (m.twice) messages_.push_back(m);
  messages_.push_back(std::move(m));
}

void decisions::release_held(time_point not_before) {
  held_->at = in_order(std::max(held_->at, not_before));
  put(std::move(*held_));
  held_.reset();
}

arrival decisions::give_message(mutable_buffer into) {
  const message m = std::move(messages_.front());
  messages_.pop_front();
  waiting_ -= m.content.size() + upkeep;
  arrival a;
  a.size = std::min(m.content.size(), into.size);
  std::copy_n(m.content.begin(), a.size, into.data);
  ++done_.messages_passed;
  done_.bytes_passed += a.size;
  return a;
}

}  // namespace tool::faults
