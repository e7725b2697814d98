// SPDX-License-Identifier: MIT
// In which order to try what a name stands for: addresses (RFC 6724, section 6) and services (RFC 2782). Pure
// functions; where this machine's source addresses are found out is order_addresses().
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <fairlead/resolve.hpp>

namespace fairlead::lookup {

struct destination {
  ip_address address;
  std::optional<ip_address> source;  // from which this machine would talk to it; none: there is no way
};

/// By rules 1, 2, 5, 6, 8, 9 and 10, with the policy table of section 2.1. What the others speak of
/// (deprecated and home addresses, transports inside others) a program does not know. Rule 9 is for IPv6
/// only: among IPv4 addresses it would undo the order in which a server spreads its load.
[[nodiscard]] std::vector<ip_address> in_order(std::vector<destination> all);

/// A sequence of random numbers (splitmix64): the same for the same seed.
class dice {
 public:
  explicit dice(std::uint64_t seed) noexcept : state_(seed) {}
  /// 0 to `sides` - 1.
  [[nodiscard]] std::uint32_t roll(std::uint32_t sides) noexcept;

 private:
  std::uint64_t state_;
};

void put_in_order(std::vector<service_record>& all, dice d);
void put_in_order(std::vector<mail_exchanger>& all, dice d);

}  // namespace fairlead::lookup
