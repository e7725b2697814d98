// SPDX-License-Identifier: MIT
// Port numbers to be given to somebody else.
#pragma once

#include <fairlead/address.hpp>
#include <fairlead/udp.hpp>

namespace fairlead::testing {

/// A number that is free for TCP and for UDP on 127.0.0.1, outside the range that the kernel takes from for
/// port 0 (ip_local_port_range), and at random: whatever else is started meanwhile is not given it.
[[nodiscard]] port free_port();

/// A UDP port on loopback at which nobody is, as long as this lives: datagrams to it are refused, for its
/// socket hears one peer only.
class deaf_port {
 public:
  deaf_port();
  [[nodiscard]] ip_endpoint where() const;

 private:
  udp_socket peer_;
  udp_socket taken_;
};

}  // namespace fairlead::testing
