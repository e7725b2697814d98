// SPDX-License-Identifier: MIT
#include "dial/address_queue.hpp"

namespace fairlead::detail {

void address_queue::add(const std::vector<ip_address>& answer, port p) {
  for (const ip_address& a : answer) (a.family() == family::ipv6 ? sixth_ : fourth_).emplace_back(a, p);
}

std::vector<ip_address> address_queue::heads() const {
  std::vector<ip_address> first;
  if (!sixth_.empty()) first.push_back(sixth_.front().address());
  if (!fourth_.empty()) first.push_back(fourth_.front().address());
  return first;
}

ip_endpoint address_queue::take() {
  const bool sixth = fourth_.empty() || (turn_ == family::ipv6 && !sixth_.empty());
  std::deque<ip_endpoint>& from = sixth ? sixth_ : fourth_;
  const ip_endpoint next = from.front();
  from.pop_front();
  turn_ = sixth ? family::ipv4 : family::ipv6;
  return next;
}

}  // namespace fairlead::detail
