// SPDX-License-Identifier: MIT
// How many are here from the same place, for --max-per-address.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <variant>

#include <fairlead/ip_network.hpp>

#include "access/rule.hpp"

namespace tool {

/// What counts as one address: an IPv4 address; the /64 of an IPv6 address, since whoever has one address
/// there commonly has them all (RFC 6177); a user of this machine. Those of whom nothing is known are one.
using origin = std::variant<std::monostate, fairlead::ip_network, user_number>;

[[nodiscard]] origin origin_of(const visitor& v) noexcept;

/// Its memory is in proportion to those who are here.
class origins {
 public:
  explicit origins(std::uint64_t most) noexcept : most_(most) {}

  /// One more, if there is a place.
  [[nodiscard]] bool enter(const origin& from);
  /// One of those who entered has gone.
  void leave(const origin& from) noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return here_.size(); }  ///< different ones

 private:
  struct hash {
    std::size_t operator()(const origin& o) const noexcept;
  };
  std::uint64_t most_;
  std::unordered_map<origin, std::uint64_t, hash> here_;
};

}  // namespace tool
