// SPDX-License-Identifier: MIT
#include "dial/cache.hpp"

#include <algorithm>

namespace fairlead::lookup {

std::optional<reply> answer_cache::find(const std::string& name, record_type type, time_point now) {
  if (most_ == 0) return std::nullopt;
  const std::scoped_lock lock(mutex_);
  const auto at = index_.find({name, type});
  if (at == index_.end()) return std::nullopt;
  const entries::iterator e = at->second;
  if (e->good_until <= now) {
    index_.erase(at);
    entries_.erase(e);
    return std::nullopt;
  }
  entries_.splice(entries_.begin(), entries_, e);
  reply r = e->said;
  r.ttl = e->good_until - now;
  r.cached = true;
  return r;
}

void answer_cache::keep(const std::string& name, record_type type, const reply& r, time_point now) {
  const duration ttl = std::min(r.ttl, r.what == verdict::records ? longest_ : longest_negative_);
  if (most_ == 0 || ttl <= duration::zero()) return;
  const std::scoped_lock lock(mutex_);
  if (const auto at = index_.find({name, type}); at != index_.end()) {
    entries_.erase(at->second);
    index_.erase(at);
  }
  while (entries_.size() >= most_) {
    index_.erase(entries_.back().of);
    entries_.pop_back();
  }
  entries_.push_front({{name, type}, r, now + ttl});
  index_.emplace(entries_.front().of, entries_.begin());
}

void answer_cache::clear() {
  const std::scoped_lock lock(mutex_);
  index_.clear();
  entries_.clear();
}

std::size_t answer_cache::size() const {
  const std::scoped_lock lock(mutex_);
  return entries_.size();
}

}  // namespace fairlead::lookup
