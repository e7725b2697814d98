// SPDX-License-Identifier: MIT
// Standard input and output joined to a link, each direction ending by itself.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>

#include <fairlead/descriptor.hpp>
#include <fairlead/error.hpp>
#include <fairlead/task.hpp>

#include "console.hpp"
#include "wire/link.hpp"

namespace tool {

struct join_terms {
  bool shutdown = true;                           ///< pass the end of input on
  std::optional<fairlead::duration> idle;         ///< fails with errc::timed_out after such a silence
  std::optional<fairlead::duration> after_input;  ///< ends well after such a silence once input has ended
  std::stop_token finishing;                      ///< asks to finish, as if input had ended
};

/// Until both directions have ended, or one has failed. A reader of our standard output who has left is
/// errc::broken_pipe.
[[nodiscard]] fairlead::task<fairlead::result<void>> join(link& to, fairlead::descriptor_stream& io,
                                                          join_terms terms, const console& out);

/// "1.5 s"
[[nodiscard]] std::string seconds_text(fairlead::duration d);

}  // namespace tool
