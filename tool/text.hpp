// SPDX-License-Identifier: MIT
// Text on a screen of 80 columns.
#pragma once

#include <string>
#include <string_view>

namespace tool {

/// How wide a text is: its code points, for nothing that we print is wide or combining.
[[nodiscard]] std::size_t width(std::string_view text);
/// Filled with spaces up to a width, on the right or on the left.
[[nodiscard]] std::string pad(std::string_view text, std::size_t to);
[[nodiscard]] std::string pad_left(std::string_view text, std::size_t to);
/// Safe to show: what is no printable ASCII is written \xNN, and a backslash twice. For what others send.
[[nodiscard]] std::string printable(std::string_view text);
/// Broken between words so that no line is wider than 79, nor ends with a newline. The first line has `used`
/// columns already, the others begin with `indent` spaces.
[[nodiscard]] std::string wrap(std::string_view text, std::size_t indent = 0, std::size_t used = 0);

}  // namespace tool
