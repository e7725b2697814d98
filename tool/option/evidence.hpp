// SPDX-License-Identifier: MIT
// What is told and kept of what happens: reports, dumps, recordings, and playing those again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <fairlead/clock.hpp>

namespace tool {

class evidence;

struct evidence_settings {
  std::optional<std::string> report;
  std::optional<std::string> record;
  bool hex = false;
  std::optional<std::string> export_to;
  std::optional<std::uint64_t> conversation;
  std::optional<std::string> speed;
  std::optional<fairlead::duration> wait;
  /// Whom to tell what happens: no flag. Outlives the command; null in tests of parts.
  evidence* proof = nullptr;
};

}  // namespace tool
