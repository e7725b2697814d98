// SPDX-License-Identifier: MIT
// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>

#include <fairlead/clock.hpp>

namespace tool {

/// "4 MiB", "65507 B": exact.
[[nodiscard]] std::string size_text(std::size_t bytes);
/// "1.24 GB": three digits, powers of 1000.
[[nodiscard]] std::string amount_text(double bytes);
/// "23.4 µs", "1.20 ms".
[[nodiscard]] std::string time_text(fairlead::duration d);
/// "12,345".
[[nodiscard]] std::string count_text(std::uint64_t n);

}  // namespace tool
