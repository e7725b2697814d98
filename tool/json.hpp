// SPDX-License-Identifier: MIT
// Just enough JSON to write one object (RFC 8259).
#pragma once

#include <string>
#include <string_view>

namespace tool {

/// The text in quotes. Bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string json_string(std::string_view text);

}  // namespace tool
