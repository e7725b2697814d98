// SPDX-License-Identifier: MIT
// What a word on the command line can be, for completions: it follows from what the help calls it and from
// the type of the setting, so that the table of flags needs no column of its own for it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "command/command.hpp"
#include "manual/facts.hpp"

namespace tool {

enum class value_kind {
  text,       ///< nothing that a shell could know
  file,       ///< FILE
  directory,  ///< DIR
  address,    ///< ADDR: of a socket
  place,      ///< FROM, TO: whatever can be relayed
  host,       ///< NAME, HOST
  program,    ///< COMMAND: a command of the shell
  choice,     ///< one of a few words, or what they begin
};

struct value {
  value_kind kind = value_kind::text;
  std::vector<std::string_view> choices;  ///< of a choice
};

/// Of a flag that takes one.
[[nodiscard]] value value_of(const flag& f);

/// One of the arguments of a command.
struct argument_word {
  std::string_view name;  ///< without brackets and dots
  bool repeated = false;  ///< any number of them
  value is;
};
[[nodiscard]] std::vector<argument_word> arguments_of(const command& c);

/// What an argument may be that has `before` others before it. After one that may be repeated nobody knows
/// which it is, so there it is all that may come.
[[nodiscard]] std::vector<value> possible_at(const command& c, std::size_t before);
/// The number of arguments from which on possible_at() stays the same.
[[nodiscard]] std::size_t distinct_positions(const command& c);

[[nodiscard]] bool takes_addresses(const command& c);
[[nodiscard]] bool takes_places(const command& c);
/// Of the kinds address and place.
[[nodiscard]] std::vector<address_form> forms_of(value_kind kind);
/// What those begin with, up to where the user goes on: "tcp://".
[[nodiscard]] std::vector<std::string_view> beginnings_of(value_kind kind);
/// The words before a colon after which something of that name follows: "unix" for "PATH".
[[nodiscard]] std::vector<std::string_view> words_before(std::string_view rest, value_kind kind);

/// The first thing that a help text says, on one line of a completion list.
[[nodiscard]] std::string brief(std::string_view help);

}  // namespace tool
