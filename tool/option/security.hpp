// SPDX-License-Identifier: MIT
// Proxies and TLS.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <fairlead/proxy.hpp>

namespace tool {

struct security_settings {
  std::vector<std::string> via;
  bool proxy_protocol = false;
  bool proxy_v1 = false;
  std::optional<fairlead::proxy_version> proxy_to;
  std::vector<std::string> ca;
  std::vector<std::string> pins;
  std::optional<std::string> cert;
  std::optional<std::string> key;
  std::optional<std::string> alpn;
  std::optional<std::string> server_name;
  bool insecure = false;
};

}  // namespace tool
