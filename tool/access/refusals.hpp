// SPDX-License-Identifier: MIT
// Who was not let in, counted.
#pragma once

#include <array>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>

namespace tool {

enum class refusal : std::uint8_t {
  none,
  denied,           ///< by --deny
  not_allowed,      ///< no --allow is for them
  untrusted_proxy,  ///< a PROXY header is not taken from them, see --proxy-from
  per_address,      ///< --max-per-address
  no_place,         ///< a datagram from somebody new, when --max-clients are here
};

/// Each attempt is one: a connection, or a datagram that was dropped.
class refusals {
 public:
  static constexpr std::array kinds = {refusal::denied, refusal::not_allowed, refusal::untrusted_proxy,
                                       refusal::per_address, refusal::no_place};

  void add(refusal why) noexcept { ++counts_[static_cast<std::size_t>(why)]; }
  void add(const refusals& others) noexcept {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += others.counts_[i];
  }
  [[nodiscard]] std::uint64_t of(refusal why) const noexcept {
    return counts_[static_cast<std::size_t>(why)];
  }
  [[nodiscard]] std::uint64_t total() const noexcept {
    return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
  }

 private:
  std::array<std::uint64_t, kinds.size() + 1> counts_{};
};

/// The name of a count where a program reads it: "denied", "not_allowed".
[[nodiscard]] std::string_view key_of(refusal why) noexcept;
/// "5 refused: 3 by --deny, 2 by --max-per-address"; empty if there were none.
[[nodiscard]] std::string sentence_of(const refusals& r);

}  // namespace tool
