// SPDX-License-Identifier: MIT
// Those who come to the second side of a relay whose first side listens too: each is for one who waits there.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <stop_token>

#include <fairlead/condition.hpp>
#include <fairlead/error.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/task.hpp>

#include "console.hpp"
#include "relay/waiting_link.hpp"
#include "wire/acceptor.hpp"
#include "wire/link.hpp"

namespace tool {

class partners {
 public:
  /// `out` must outlive it.
  partners(acceptors from, const console& out) : from_(std::move(from)), out_(out) {}

  /// Begins to accept, in `all`, until `closing`. As long as nobody waits they stay in the backlog, where
  /// there is one. Who does not come in (a handshake that fails) is told of and is nobody's partner.
  void accept(fairlead::scope& all, const std::stop_token& closing);
  /// The next one. Fails when asked to close, or if nobody can come any more.
  [[nodiscard]] fairlead::task<fairlead::result<std::unique_ptr<waiting_link>>> next(std::stop_token closing);
  /// One that next() has given, for whoever comes next.
  void give_back(std::unique_ptr<waiting_link> one);

 private:
  // One who waits, as long as that is so.
  struct guest {
    std::unique_ptr<waiting_link> link;
    std::stop_source wanted{};
    bool free = false;  // nothing is received from it: it can be given away
  };
  [[nodiscard]] fairlead::task<> listen_at(acceptor& a, fairlead::scope& all, std::stop_token closing);
  [[nodiscard]] fairlead::task<> accept_at(acceptor& a, fairlead::scope& all, std::stop_token closing);
  [[nodiscard]] fairlead::task<> let_in(std::unique_ptr<link> one);
  [[nodiscard]] fairlead::task<> keep(std::shared_ptr<guest> one);
  [[nodiscard]] bool is_wanted() const noexcept { return waiting_ > here_.size() + entering_; }

  acceptors from_;
  const console& out_;
  fairlead::scope* all_ = nullptr;  // in which they are kept
  std::deque<std::shared_ptr<guest>> here_;
  std::size_t entering_ = 0;
  std::size_t waiting_ = 0;
  std::optional<fairlead::error> failed_;
  fairlead::condition changed_;
};

}  // namespace tool
