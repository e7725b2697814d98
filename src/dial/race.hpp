// SPDX-License-Identifier: MIT
// Happy Eyeballs version 2 (RFC 8305): look-ups and attempts to connect, side by side, until one is through.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <fairlead/condition.hpp>
#include <fairlead/dial.hpp>
#include <fairlead/scope.hpp>

#include "dial/address_queue.hpp"

namespace fairlead::detail {

/// Who is asked for the addresses of one family. Tests have their own.
class address_source {
 public:
  address_source() = default;
  address_source(const address_source&) = delete;
  address_source& operator=(const address_source&) = delete;
  virtual ~address_source() = default;
  [[nodiscard]] virtual task<result<std::vector<ip_address>>> addresses(family f) = 0;
};

/// One connect by name. Lives in the frame of the task that runs it.
class race {
 public:
  /// `subject` is what errors will speak of. Both references must outlive the race.
  race(const dial_options& how, std::string subject) : how_(how), subject_(std::move(subject)) {}

  /// Addresses that are known already.
  void enter(const std::vector<ip_endpoint>& known) { known_.assign(known.begin(), known.end()); }
  /// The first connection that is through; the others are cancelled and closed.
  [[nodiscard]] task<result<tcp_stream>> run(address_source* source, port p);

 private:
  // An answer may hold thousands of addresses; who has so many that fail has none that work.
  static constexpr std::size_t most_attempts = 64;

  struct question {
    family of;
    bool asked = false;
    std::optional<time_point> answered;
    std::optional<error> failed;
    [[nodiscard]] bool open() const noexcept { return asked && !answered; }
  };

  [[nodiscard]] task<result<tcp_stream>> run_alone();
  [[nodiscard]] task<> ask(address_source& source, question& q, port p);
  [[nodiscard]] task<> try_one(dial_attempt& a);
  [[nodiscard]] bool has_next() const noexcept {
    return attempts_.size() < most_attempts && (!known_.empty() || !queue_.empty());
  }
  [[nodiscard]] bool may_begin(time_point now) const noexcept;
  [[nodiscard]] time_point next_look() const noexcept;
  [[nodiscard]] ip_endpoint take_next();
  void begin_next(scope& attempts, time_point now);
  [[nodiscard]] const error* nameless() const noexcept;
  [[nodiscard]] error verdict(const std::optional<error>& interrupted) const;
  void tell() const;

  const dial_options& how_;
  const std::string subject_;
  const time_point began_ = clock::now();
  question sixth_{family::ipv6, false, {}, {}};
  question fourth_{family::ipv4, false, {}, {}};
  std::deque<ip_endpoint> known_;
  address_queue queue_;
  std::deque<dial_attempt> attempts_;  // each stays in its place
  unsigned running_ = 0;
  time_point next_ = time_point::min();  // when the next attempt may begin beside those that run
  std::optional<duration> resolved_;
  std::optional<tcp_stream> winner_;
  condition news_;
};

}  // namespace fairlead::detail
