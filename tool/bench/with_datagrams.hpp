// SPDX-License-Identifier: MIT
// From a socket of any kind to one of datagrams.
#pragma once

#include <type_traits>
#include <utility>

#include <fairlead/udp.hpp>

#include "wire/link.hpp"

namespace tool::bench_parts {

/// Calls `f` with the socket, which must be one of datagrams: callers look at the transport.
template <class F>
auto with_datagrams(any_socket which, F f) {
  using returned = decltype(f(std::declval<fairlead::udp_socket&>()));
  return std::visit(
      [&](auto* s) -> returned {
        if constexpr (std::is_base_of_v<fairlead::datagram_socket, std::remove_pointer_t<decltype(s)>>) {
          return f(*s);
        } else {
          std::unreachable();
        }
      },
      which);
}

}  // namespace tool::bench_parts
