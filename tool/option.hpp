// SPDX-License-Identifier: MIT
// The one table of flags, and what they set. Parsing and --help are made from it, and so can be whatever else
// must know every flag (a man page, completions): a flag is added here and nowhere else.
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

namespace tool {

/// Written as parse_size() reads it.
struct byte_count {
  std::uint64_t count = 0;
};

/// What the user asked for.
struct settings {
  std::string program = "fairlead";    ///< as it was typed, for hints that can be typed again
  std::vector<std::string> arguments;  ///< what is neither command nor flag
  bool help = false;
  bool version = false;
  bool quiet = false;
  bool verbose = false;
  bool json = false;
  bool echo = false;
  bool once = false;
  bool no_shutdown = false;
  std::optional<std::string> exec;
  std::optional<std::uint64_t> max_clients;
  std::optional<fairlead::duration> idle;
  std::optional<fairlead::duration> timeout;
  bool serve = false;
  bool reverse = false;
  bool both = false;
  bool connect = false;
  bool iperf3 = false;
  std::optional<std::uint64_t> loops;
  std::optional<fairlead::polling> polling;
  std::optional<std::uint64_t> streams;
  std::optional<std::uint64_t> connections;
  std::optional<std::uint64_t> rate;
  std::optional<byte_count> size;
  std::vector<std::string> via;
  bool proxy_protocol = false;
  bool proxy_v1 = false;
  std::vector<std::string> ca;
  std::vector<std::string> pins;
  std::optional<std::string> cert;
  std::optional<std::string> key;
  std::optional<std::string> alpn;
  std::optional<std::string> server_name;
  bool insecure = false;
  bool resume = false;
  bool ipv4 = false;
  bool ipv6 = false;
  bool srv = false;
  bool txt = false;
  bool mx = false;
  std::vector<std::string> servers;
  std::optional<std::uint64_t> count;
  std::optional<fairlead::duration> interval;
  std::optional<fairlead::duration> time;
  std::optional<fairlead::duration> warmup;
};

/// Which commands a flag belongs to: bits.
enum command_set : unsigned {
  on_none = 0,  ///< `fairlead` without a command
  on_connect = 1,
  on_listen = 2,
  on_demo = 4,
  on_bench = 8,
  on_resolve = 16,
  on_probe = 32,
};

/// Where a flag's value goes. Its type says how the text is read.
using target =
    std::variant<bool settings::*, std::optional<std::string> settings::*,
                 std::vector<std::string> settings::*, std::optional<std::uint64_t> settings::*,
                 std::optional<fairlead::duration> settings::*, std::optional<byte_count> settings::*,
                 std::optional<fairlead::polling> settings::*>;

struct flag {
  std::string_view name;      ///< without the dashes
  char letter;                ///< the short form, or 0
  std::string_view argument;  ///< what the help calls its value; empty if it takes none
  std::string_view help;
  std::string_view fallback;  ///< what holds without it, in words; empty where that is plain
  unsigned commands;          ///< of command_set
  bool alone;                 ///< also without a command
  target into;
};

/// The whole table, in the order of the help.
[[nodiscard]] std::span<const flag> flags() noexcept;
/// Those of one command; 0 for `fairlead` without one.
[[nodiscard]] std::vector<const flag*> flags_of(unsigned command);

/// Reads what follows the command. The error is one sentence.
[[nodiscard]] std::expected<settings, std::string> parse(unsigned command,
                                                         std::span<const std::string> words);

}  // namespace tool
