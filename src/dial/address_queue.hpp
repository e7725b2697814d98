// SPDX-License-Identifier: MIT
// The addresses of a host that have not been tried yet, in the order of RFC 8305, section 4.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include <fairlead/address.hpp>

namespace fairlead::detail {

/// Families take turns, so that one that leads nowhere costs a single attempt at a time. Within a family the
/// order is that of the answer (RFC 6724). Answers may come one after the other, even while addresses are
/// being tried.
class address_queue {
 public:
  /// Which family comes first; it makes no difference once an address has been taken.
  void prefer(family f) noexcept { turn_ = f; }
  void add(const std::vector<ip_address>& answer, port p);
  /// The first of each family that has any.
  [[nodiscard]] std::vector<ip_address> heads() const;
  [[nodiscard]] bool empty() const noexcept { return sixth_.empty() && fourth_.empty(); }
  /// The next one to try. Precondition: not empty.
  [[nodiscard]] ip_endpoint take();

 private:
  std::deque<ip_endpoint> sixth_;
  std::deque<ip_endpoint> fourth_;
  family turn_ = family::ipv6;
};

}  // namespace fairlead::detail
