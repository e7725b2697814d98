// SPDX-License-Identifier: MIT
// How a side of a conversation ended, in one word.
#pragma once

#include <cstdint>
#include <string_view>

#include <fairlead/error.hpp>

namespace tool {

/// Numbers are part of the format of recordings (docs/design/recording.md).
enum class ending : std::uint8_t {
  open = 0,      ///< it has not ended
  finished = 1,  ///< as its transport says that nothing more comes
  reset = 2,
  timed_out = 3,
  truncated = 4,  ///< a layer was cut off before it said its farewell
  refused = 5,
  closed = 6,    ///< nobody reads any more what is sent
  given_up = 7,  ///< by us, because all was to end, or nothing more came of it
  failed = 8,    ///< in another way; the error says how
};
constexpr std::uint8_t last_ending = static_cast<std::uint8_t>(ending::failed);

/// `dismissed` as witnesses are told, see there.
[[nodiscard]] ending ending_of(const fairlead::result<void>& how, bool dismissed = false) noexcept;

/// "fin", "reset", "timeout", "truncated", …; of a side that has finished what its transport, by the name of
/// the side, calls that: "close_notify" of tls://, "eof" of standard streams, files and commands.
[[nodiscard]] std::string_view word_of(ending e, std::string_view side) noexcept;

}  // namespace tool
