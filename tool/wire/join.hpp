// SPDX-License-Identifier: MIT
// Two links joined: what comes from one goes to the other, each direction ending by itself. Every
// conversation of the tool that has two sides ends up here: `connect` and `listen` (the first side is our
// standard input and output), commands, relays.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>

#include <fairlead/error.hpp>
#include <fairlead/task.hpp>

#include "console.hpp"
#include "wire/link.hpp"
#include "wire/witness.hpp"

namespace tool {

struct join_terms {
  bool shutdown = true;                           ///< tell the second side when the first has ended
  std::optional<fairlead::duration> idle;         ///< fails with errc::timed_out after such a silence
  bool idle_is_end = false;                       ///< such a silence is how the sides end that have no end
  std::optional<fairlead::duration> after_input;  ///< ends well after such a silence once the first has ended
  std::stop_token finishing;                      ///< asks to finish, as if the first side had ended
  std::stop_token closing;   ///< no more peers of datagrams, and those that are here have ended
  bool with_people = false;  ///< the first side is our standard input and output
  bool keys = false;         ///< and a terminal that gives every key: nothing typed there can end our side
  witnesses watched{};
};

/// Until both directions have ended, or one has failed; then both links are settled. What cannot be sent to
/// the second side does not keep the first one from hearing what it still has to say; all other failures end
/// both directions at once, and cut both sides off, so that neither takes what it got for the whole. A reader
/// of our standard output who has left is errc::broken_pipe.
[[nodiscard]] fairlead::task<fairlead::result<void>> join(link& first, link& second, join_terms terms,
                                                          const console& out);

/// "1.5 s"
[[nodiscard]] std::string seconds_text(fairlead::duration d);

}  // namespace tool
