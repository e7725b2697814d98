// SPDX-License-Identifier: MIT
// A client at a bounded rate: --rate and --rate-all.
#pragma once

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>

#include "access/token_bucket.hpp"
#include "wire/link_layer.hpp"

namespace tool {

/// The buckets that one direction of a client is charged to: its own, and one that all clients share.
class pace {
 public:
  pace() = default;
  /// `shared` may be null, and outlives this.
  pace(std::optional<token_bucket> own, token_bucket* shared) noexcept : own_(own), shared_(shared) {}

  [[nodiscard]] fairlead::time_point charge(std::uint64_t bytes, fairlead::time_point now) noexcept {
    fairlead::time_point due = now;
    if (own_) due = std::max(due, own_->charge(bytes, now));
    if (shared_ != nullptr) due = std::max(due, shared_->charge(bytes, now));
    return due;
  }
  /// For what cannot be held back: charges it, or has it dropped while the rate owes for what came before.
  [[nodiscard]] bool admits(std::uint64_t bytes, fairlead::time_point now) noexcept {
    if (own_ && !own_->is_free(now)) return false;
    if (shared_ != nullptr && !shared_->is_free(now)) return false;
    (void)charge(bytes, now);
    return true;
  }
  [[nodiscard]] bool is_bounded() const noexcept { return own_ || shared_ != nullptr; }
  /// Bytes to charge at a time.
  [[nodiscard]] std::uint64_t quantum() const noexcept {
    const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    return std::min(own_ ? own_->quantum() : most, shared_ != nullptr ? shared_->quantum() : most);
  }

 private:
  std::optional<token_bucket> own_;
  token_bucket* shared_ = nullptr;
};

/// Of both directions of a client, which have their rates for themselves, as those of a line.
struct paces {
  pace receiving;
  pace sending;

  [[nodiscard]] bool are_bounded() const noexcept { return receiving.is_bounded() || sending.is_bounded(); }
};

/// What has come is held back until it is due; the
/// peer's window closes meanwhile, so nothing piles up. Messages go whole.
[[nodiscard]] std::unique_ptr<link> make_paced_link(std::unique_ptr<link> inner, const paces& rates);

}  // namespace tool
