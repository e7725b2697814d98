// SPDX-License-Identifier: MIT
// Where a proxy is asked to connect to.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <fairlead/proxy.hpp>

namespace fairlead::detail {

/// Checked: it can be sent to any proxy, and cannot be taken for anything but a host and a port.
struct proxy_target {
  std::string host;
  std::optional<ip_address> numeric;
  fairlead::port port;

  /// "example.org:80", "[::1]:80".
  [[nodiscard]] std::string authority() const;
};

/// "example.org:80 through socks5://proxy:1080".
[[nodiscard]] std::string subject_of(std::string_view target, const proxy& via);

[[nodiscard]] result<proxy_target> check_target(const proxy& via, std::string_view host, port p);

}  // namespace fairlead::detail
