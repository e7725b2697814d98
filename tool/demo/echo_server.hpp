// SPDX-License-Identifier: MIT
// The demo's other end: one echo server for every transport, on a loop of its own in a thread of its own.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fairlead/loop.hpp>

#include "demo/client.hpp"

namespace tool::demo_parts {

/// A transport as the table shows it, and where its server is.
struct service {
  std::string name;
  peer at;
  std::size_t largest = 0;  ///< bytes in the largest payload it can carry at once
};

/// Listens from when it is made until it is destroyed.
class echo_server {
 public:
  /// Unix sockets are made in `directory`.
  [[nodiscard]] static fairlead::result<std::unique_ptr<echo_server>> start(
      fairlead::backend on, bool with_ipv6, const std::filesystem::path& directory);
  ~echo_server();

  [[nodiscard]] const std::vector<service>& services() const noexcept;
  /// What went wrong on this side since the last call.
  [[nodiscard]] std::optional<fairlead::error> complaint();

  struct state;

 private:
  explicit echo_server(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

}  // namespace tool::demo_parts
