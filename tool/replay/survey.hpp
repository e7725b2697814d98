// SPDX-License-Identifier: MIT
// What a recording holds.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <fairlead/error.hpp>

#include "recording/reader.hpp"

namespace tool::replaying {

struct summary {
  recording::opened begun;
  fairlead::duration last{};  ///< when the last thing happened
  std::array<std::uint64_t, 2> bytes{};
  std::array<std::uint64_t, 2> pieces{};
  std::array<ending, 2> how{};
};

struct survey {
  std::int64_t wall_ns = 0;
  std::string program;
  std::vector<summary> conversations;
  bool damaged = false;
  std::string complaint;  ///< the sentence, where it is damaged or was not finished
};

/// Reads all of it.
[[nodiscard]] fairlead::result<survey> survey_of(const std::string& path);

/// A line for each conversation, for people.
[[nodiscard]] std::string listing(const survey& s);

}  // namespace tool::replaying
