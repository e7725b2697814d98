// SPDX-License-Identifier: MIT
// The addresses to listen at, and opening all of them.
#pragma once

#include <memory>
#include <vector>

#include <fairlead/address.hpp>
#include <fairlead/task.hpp>
#include <fairlead/url.hpp>

namespace tool {

/// The endpoints that an address means where one listens: localhost has two.
[[nodiscard]] fairlead::task<fairlead::result<std::vector<fairlead::endpoint>>> listen_endpoints(
    fairlead::url at);

[[nodiscard]] inline bool is_missing_family(const fairlead::error& e) {
  return e == fairlead::errc::address_not_available || e == fairlead::errc::address_family_not_supported;
}

/// What can be done about an address that cannot be listened at, if we know it.
[[nodiscard]] fairlead::error with_remedy(const fairlead::error& e, const fairlead::endpoint& at);

/// `open(endpoint)` for each, giving result<std::unique_ptr<T>>; T::where() tells the endpoint that it got.
/// Port 0 becomes the same free port everywhere. A family that this machine lacks is left out if another
/// works.
template <class T, class Open>
[[nodiscard]] fairlead::result<std::vector<std::unique_ptr<T>>> open_everywhere(
    const std::vector<fairlead::endpoint>& at, Open open) {
  constexpr int tries = 16;  // the port that is free at the first address need not be free at the next
  for (int left = tries;; --left) {
    std::vector<std::unique_ptr<T>> made;
    std::optional<fairlead::error> failed;
    for (fairlead::endpoint e : at) {
      const bool follows = e.is_ip() && e.ip().port().is_any() && !made.empty();
      if (follows) e = e.ip().with_port(made.front()->where().ip().port());
      auto opened = open(e);
      if (opened) {
        made.push_back(std::move(*opened));
      } else if (!is_missing_family(opened.error())) {
        failed = opened.error();
        if (!follows) return std::unexpected(with_remedy(*failed, e));
        break;
      } else if (!failed) {
        failed = opened.error();
      }
    }
    const bool taken = failed && *failed == fairlead::errc::address_in_use;
    if (!made.empty() && !taken) return made;
    if (!taken || left == 0) return std::unexpected(with_remedy(*failed, at.front()));
  }
}

}  // namespace tool
