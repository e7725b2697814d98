// SPDX-License-Identifier: MIT
// The one table of flags, and what they set. Parsing and --help are made from it, and so can be whatever else
// must know every flag (a man page, completions): a flag is added to a part in option/ and nowhere else.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <fairlead/loop.hpp>
#include <fairlead/operation.hpp>

#include "option/access.hpp"
#include "option/bench.hpp"
#include "option/conversation.hpp"
#include "option/evidence.hpp"
#include "option/fault.hpp"
#include "option/general.hpp"
#include "option/manual.hpp"
#include "option/names.hpp"
#include "option/security.hpp"
#include "option/transfer.hpp"
#include "option/values.hpp"

namespace tool {

/// What the user asked for: a part for each concern, see option/.
struct settings : conversation_settings,
                  access_settings,
                  fault_settings,
                  bench_settings,
                  names_settings,
                  security_settings,
                  transfer_settings,
                  evidence_settings,
                  manual_settings,
                  general_settings {};

/// Which commands a flag belongs to: bits.
enum command_set : unsigned {
  on_none = 0,  ///< `fairlead` without a command
  on_connect = 1,
  on_listen = 2,
  on_demo = 4,
  on_bench = 8,
  on_resolve = 16,
  on_probe = 32,
  on_relay = 64,
  on_send = 128,
  on_receive = 256,
  on_replay = 512,
  on_completion = 1024,
  on_manual = 2048,
};

/// Where a flag's value goes. Its type says how the text is read.
using target =
    std::variant<bool settings::*, std::optional<std::string> settings::*,
                 std::vector<std::string> settings::*, std::optional<std::uint64_t> settings::*,
                 std::optional<fairlead::duration> settings::*, std::optional<byte_count> settings::*,
                 std::optional<fairlead::polling> settings::*,
                 std::optional<fairlead::proxy_version> settings::*>;

struct flag {
  std::string_view name;      ///< without the dashes
  char letter;                ///< the short form, or 0
  std::string_view argument;  ///< what the help calls its value; empty if it takes none
  std::string_view help;
  std::string_view fallback;  ///< what holds without it, in words; empty where that is plain
  unsigned commands;          ///< of command_set
  bool alone;                 ///< also without a command
  target into;
  std::optional<target> served{};  ///< where it goes with --serve, if that makes it something else
};

/// The whole table, in the order of the help. A name may stand in it twice, for different commands.
[[nodiscard]] std::vector<const flag*> flags();
/// Those of one command; on_none for `fairlead` without one.
[[nodiscard]] std::vector<const flag*> flags_of(unsigned command);

/// Reads what follows the command. The error is one sentence.
[[nodiscard]] std::expected<settings, std::string> parse(unsigned command,
                                                         std::span<const std::string> words);

}  // namespace tool
