// SPDX-License-Identifier: MIT
// Answers and the news that there is none, for as long as they are good; bounded, and shared between threads.
// Knows no clock: whoever asks says what time it is.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include <fairlead/address.hpp>
#include <fairlead/clock.hpp>

#include "dial/records.hpp"

namespace fairlead::lookup {

/// What a server said.
struct reply {
  verdict what = verdict::no_records;  // records, no_records or no_such_name
  std::shared_ptr<const record_set> records;
  ip_endpoint server;
  duration ttl{};  // what is left of it
  bool cached = false;
};

class answer_cache {
 public:
  /// `most` entries; none are kept longer than `longest`, and negative ones not longer than
  /// `longest_negative`.
  answer_cache(std::size_t most, duration longest, duration longest_negative) noexcept
      : most_(most), longest_(longest), longest_negative_(longest_negative) {}

  /// Never one whose time has passed.
  [[nodiscard]] std::optional<reply> find(const std::string& name, record_type type, time_point now);
  void keep(const std::string& name, record_type type, const reply& r, time_point now);
  void clear();
  [[nodiscard]] std::size_t size() const;

 private:
  struct key {
    std::string name;
    record_type type;
    friend bool operator==(const key&, const key&) = default;
  };
  struct hash {
    std::size_t operator()(const key& k) const noexcept {
      return std::hash<std::string>()(k.name) * 31 + static_cast<std::size_t>(k.type);
    }
  };
  struct entry {
    key of;
    reply said;
    time_point good_until;
  };
  using entries = std::list<entry>;  // the most recently used one first

  const std::size_t most_;
  const duration longest_;
  const duration longest_negative_;
  mutable std::mutex mutex_;
  entries entries_;
  std::unordered_map<key, entries::iterator, hash> index_;
};

}  // namespace fairlead::lookup
