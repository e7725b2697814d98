// SPDX-License-Identifier: MIT
#include "access/origins.hpp"

namespace tool {

using namespace fairlead;

origin origin_of(const visitor& v) noexcept {
  if (v.where && v.where->is_ip()) {
    const ip_address from = v.where->ip().address().unmapped();
    return ip_network::around(from, from.is_v6() ? 64 : 32);
  }
  if (v.credentials) return user_number{v.credentials->user};
  return std::monostate();
}

bool origins::enter(const origin& from) {
  std::uint64_t& count = here_[from];
  if (count >= most_) {
    if (count == 0) here_.erase(from);
    return false;
  }
  ++count;
  return true;
}

void origins::leave(const origin& from) noexcept {
  const auto found = here_.find(from);
  if (found != here_.end() && --found->second == 0) here_.erase(found);
}

// Networks hash with a secret, see <fairlead/address.hpp>; users are not so many that it mattered.
std::size_t origins::hash::operator()(const origin& o) const noexcept {
  if (const auto* const network = std::get_if<ip_network>(&o)) return network->hash();
  if (const auto* const user = std::get_if<user_number>(&o)) return std::hash<std::uint32_t>()(user->id);
  return 0;
}

}  // namespace tool
