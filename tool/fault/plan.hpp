// SPDX-License-Identifier: MIT
// What --fault asks for: the faults of each direction, as people write them. docs/design/faults.md.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <fairlead/clock.hpp>

namespace tool::faults {

/// A chance in parts of a thousand million: 10'000'000 is 1%.
using chance = std::uint32_t;
constexpr chance certain = 1'000'000'000;

/// What happens to all that passes in one direction.
struct treatment {
  fairlead::duration latency{};
  fairlead::duration jitter{};  ///< at most the latency
  chance drop = 0;
  chance reorder = 0;
  chance duplicate = 0;
  chance corrupt = 0;
  std::uint64_t rate = 0;                             ///< bits a second; 0: no limit
  std::optional<fairlead::duration> half_open_after;  ///< since the conversation began

  bool operator==(const treatment&) const = default;
  /// Not where everything is certain.
  [[nodiscard]] bool uses_chance() const noexcept {
    return jitter != fairlead::duration::zero() || drop % certain != 0 || reorder % certain != 0 ||
           duplicate % certain != 0 || corrupt != 0;
  }
};

struct plan {
  treatment there;  ///< what the client sends
  treatment back;
  std::optional<fairlead::duration> reset_after;  ///< since the conversation began; both directions
  std::optional<std::uint64_t> seed;

  bool operator==(const plan&) const = default;
  /// Nothing is to be done.
  [[nodiscard]] bool empty() const { return there == treatment() && back == treatment() && !reset_after; }
  /// Whether anything depends on the seed.
  [[nodiscard]] bool uses_chance() const noexcept { return there.uses_chance() || back.uses_chance(); }
};

constexpr fairlead::duration longest_latency = std::chrono::hours(1);
constexpr std::uint64_t lowest_rate = 8;                       ///< a byte a second
constexpr std::uint64_t highest_rate = 1'000'000'000'000'000;  ///< a petabit

/// The values of all --fault, each "[there:|back:]NAME=VALUE,…". The error is one sentence that begins with
/// the place: "drop=101%: must be 0% to 100%".
[[nodiscard]] std::expected<plan, std::string> parse(std::span<const std::string> values);

/// As it can be given to --fault again: one value for each direction that is treated, the first with what
/// concerns both.
[[nodiscard]] std::vector<std::string> to_text(const plan& p);

}  // namespace tool::faults
