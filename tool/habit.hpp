// SPDX-License-Identifier: MIT
// What a line means that was typed as nc or socat would have it. A hint is given only where the line is wrong
// for us, its form leaves no doubt, and what is suggested is a line that we take.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "command/command.hpp"

namespace tool {

/// An address of socat in our words: "TCP-LISTEN:80,fork" is tcp://:80. Empty if it is none, or is ours
/// already.
struct socat_address {
  std::string ours;
  bool listens = false;
};
[[nodiscard]] std::optional<socat_address> from_socat(std::string_view word);

/// The command to try instead of these words, "fairlead connect tcp://localhost:80"; empty if nothing is
/// clear. `wanted` is the command that was among them, or null; it is not one of the words.
[[nodiscard]] std::string habit(const command* wanted, std::span<const std::string> words);

/// The sentence for arguments that a command was given, and cannot read, in the words of another tool; empty
/// if there is none.
[[nodiscard]] std::string foreign_argument(const command& wanted, std::span<const std::string> arguments);

}  // namespace tool
