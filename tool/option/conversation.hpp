// SPDX-License-Identifier: MIT
// What connecting, listening and relaying are told: how a conversation begins and ends.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <fairlead/clock.hpp>

namespace tool {

struct conversation_settings {
  bool echo = false;
  std::optional<std::string> exec;
  bool pty = false;
  bool raw = false;
  std::optional<std::uint64_t> max_clients;
  bool once = false;
  std::optional<fairlead::duration> timeout;
  std::optional<fairlead::duration> idle;
  bool no_shutdown = false;
};

}  // namespace tool
