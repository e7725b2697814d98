// SPDX-License-Identifier: MIT
// Real proxies, each a process of its own on a free port of the loopback, and a target behind them.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include <fairlead/address.hpp>
#include <fairlead/process.hpp>
#include <fairlead/tcp.hpp>

#include "support/temp_dir.hpp"

namespace fairlead::testing {

/// Whether PATH, or one of the directories for administrators, has this program.
[[nodiscard]] bool is_installed(std::string_view program);

/// A proxy that runs as long as this lives. Makes another attempt with another port if somebody else took it.
class running_proxy {
 public:
  [[nodiscard]] static running_proxy microsocks(std::string_view user = {}, std::string_view password = {});
  /// `lines` are added to its configuration.
  [[nodiscard]] static running_proxy tinyproxy(std::string_view lines = {});
  /// Passes connections to its port on to `target`; the options are those of its `bind` and `server` lines.
  [[nodiscard]] static running_proxy haproxy(fairlead::port target, std::string_view bind_options,
                                             std::string_view server_options);

  [[nodiscard]] fairlead::port port() const noexcept { return port_; }

 private:
  struct plan;
  running_proxy(process p, fairlead::port number) : process_(std::move(p)), port_(number) {}
  [[nodiscard]] static running_proxy start(const std::function<command(fairlead::port)>& make,
                                           const std::function<bool(fairlead::port)>& is_ready);

  process process_;
  fairlead::port port_;
};

/// A server on the loopback, in a thread, that runs `serve` for one connection after the other until it goes.
class target_server {
 public:
  explicit target_server(std::function<void(tcp_stream)> serve);
  ~target_server();
  target_server(const target_server&) = delete;
  target_server& operator=(const target_server&) = delete;
  [[nodiscard]] fairlead::port port() const noexcept { return port_; }

 private:
  tcp_listener listener_;
  fairlead::port port_;
  std::stop_source stop_;
  std::thread thread_;
};

/// What most targets here do: say "ready", and give one line back.
void greet_and_echo(tcp_stream s);

}  // namespace fairlead::testing
