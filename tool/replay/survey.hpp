// SPDX-License-Identifier: MIT
// What a recording holds.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <fairlead/error.hpp>

#include "recording/reader.hpp"
#include "wire/lookout.hpp"

namespace tool::replaying {

struct summary {
  recording::opened begun;
  fairlead::duration last{};  ///< when the last thing happened
  std::array<std::uint64_t, 2> bytes{};
  std::array<std::uint64_t, 2> pieces{};
  std::array<ending, 2> how{};
  std::array<std::string, 2> errors{};  ///< the sentences of those that failed
  std::array<std::string, 2> sha256{};  ///< in digits, if it was asked for
};

struct survey {
  std::int64_t wall_ns = 0;
  std::string program;
  std::vector<summary> conversations;
  bool damaged = false;
  std::string complaint;  ///< the sentence, where it is damaged or was not finished
};

/// Reads all of it, with the sums of what passed if they are wanted. operation_canceled if it is asked to
/// stop before.
[[nodiscard]] fairlead::result<survey> survey_of(const std::string& path, bool with_sums,
                                                 const asked_to_stop& stop);

/// A line for each conversation, for people.
[[nodiscard]] std::string listing(const survey& s);
/// One of them as an object of JSON, with the members that a report has of a conversation.
[[nodiscard]] std::string json_of(const survey& s, const summary& c);

}  // namespace tool::replaying
