// SPDX-License-Identifier: MIT
// Two links that are about to be joined, with faults on the way between them. docs/design/faults.md.
#pragma once

#include <cstdint>
#include <memory>

#include "fault/decisions.hpp"
#include "fault/plan.hpp"
#include "wire/link.hpp"

namespace tool::faults {

/// What was done in a conversation, so far.
struct ledger {
  counts there;
  counts back;
  carriage how_there = carriage::bytes;
  carriage how_back = carriage::bytes;
};

struct treated_links {
  std::unique_ptr<link> first;
  std::unique_ptr<link> second;
  std::shared_ptr<const ledger> done;
};

/// Has all that is received from the two links treated as planned, from now on: the conversation begins. What
/// is decided depends on plan::seed, which must be there, the number of the conversation and what is
/// received; when things are due on the clock. The links must outlive what is made of them. For join() on one
/// loop: after reset-after receiving and sending fail with errc::connection_reset, and whoever joins has to
/// cut both off.
[[nodiscard]] treated_links treat(link& first, link& second, const plan& p, std::uint64_t conversation);

/// Any seed.
[[nodiscard]] std::uint64_t random_seed();

}  // namespace tool::faults
