// SPDX-License-Identifier: MIT
// Plays one side of a recorded conversation to a peer.
#pragma once

#include <optional>
#include <string>

#include <fairlead/clock.hpp>
#include <fairlead/error.hpp>
#include <fairlead/task.hpp>

#include "console.hpp"
#include "replay/comparison.hpp"
#include "wire/link.hpp"

namespace tool::replaying {

struct play_terms {
  std::string path;
  std::uint32_t conversation = 1;
  direction ours = direction::there;  ///< the direction in which the side sends that we play
  bool messages = false;              ///< the peer keeps them apart
  double speed = 1;                   ///< 0: nothing is waited for but answers
  fairlead::duration wait{};          ///< for what is due, beyond the time that it took when it was recorded
};

struct outcome {
  std::optional<difference> differs;
  std::uint64_t sent = 0;
  std::uint64_t heard = 0;  ///< as recorded
};

/// What we send goes out when it did, or as soon after that as everything has come that had come before it.
/// Fails if the peer cannot be talked to, with errc::timed_out if it keeps silent, and with errc::bad_message
/// if the conversation is not in the file any more.
[[nodiscard]] fairlead::task<fairlead::result<outcome>> play(link& peer, play_terms terms,
                                                             const console& out);

}  // namespace tool::replaying
